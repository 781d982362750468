import { type Static, type TObject, type TSchema, Type } from '@sinclair/typebox'
import { catalogSection, fallbackSection, modelIdentity, providerSection } from './option-schemas.ts'
import {
  type ModelOptionKey,
  type OptionKey,
  type OptionValue,
  optionKeys,
  optionRow,
  type PresentKey,
} from './options.ts'

type DeepReadonly<T> = T extends readonly (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T

/** An entry of `models:`. A key that is absent takes the value of the whole server; draft models are not inherited. */
export type ModelSection = DeepReadonly<
  Static<TObject<typeof modelIdentity>> & { [K in ModelOptionKey]?: OptionValue<K> }
>

/** An entry of `catalog:`: a model that can be fetched, added to those that the program knows. */
export type CatalogSection = DeepReadonly<Static<typeof catalogSection>>

/** An entry of `providers:`; one with the name of a provider that the program knows changes what it says and keeps the rest. */
export type ProviderSection = DeepReadonly<Static<typeof providerSection>>

/** An entry of `fallbacks:`: the models that are asked in turn, by their names here, where `model` cannot answer. */
export type FallbackSection = DeepReadonly<Static<typeof fallbackSection>>

/** What the user wants, whole: every default filled in, every path absolute, frozen to the bottom. */
export type Config = { readonly [K in PresentKey]: OptionValue<K> } & {
  readonly [K in Exclude<OptionKey, PresentKey>]?: OptionValue<K>
} & {
  readonly models: readonly ModelSection[]
  readonly catalog: readonly CatalogSection[]
  readonly providers: readonly ProviderSection[]
  readonly fallbacks: readonly FallbackSection[]
}

/** Lists of groups, which stand in the file only. */
export const listKeys = ['models', 'catalog', 'providers', 'fallbacks'] as const

const described = (key: OptionKey): TSchema => {
  const { schema, description, example, ...row } = optionRow(key)
  return { ...schema, description, examples: [example], ...('default' in row && { default: row.default }) }
}

const perModel = optionKeys.filter((key) => optionRow(key).perModel)

/** Schema of one entry of `models:`. */
export const modelSection = Type.Object(
  {
    ...modelIdentity,
    ...Object.fromEntries(
      perModel.map((key) => {
        const { default: _, ...schema } = described(key)
        return [key, Type.Optional(schema as TSchema)]
      }),
    ),
  },
  { additionalProperties: false },
)

/** Schema of the whole file. Every key may be left out. */
export const configSchema = Type.Object(
  {
    ...Object.fromEntries(optionKeys.map((key) => [key, Type.Optional(described(key))])),
    models: Type.Optional(
      Type.Array(modelSection, {
        description: 'Models with settings of their own. A key that is left out takes the value of the whole server.',
      }),
    ),
    catalog: Type.Optional(
      Type.Array(catalogSection, { description: 'Models that can be fetched, besides those that the program knows.' }),
    ),
    providers: Type.Optional(
      Type.Array(providerSection, {
        description: 'Other servers that speak the API of OpenAI. Their models are named provider/model.',
      }),
    ),
    fallbacks: Type.Optional(
      Type.Array(fallbackSection, {
        description: 'Who answers where a model is full, missing or cannot be reached.',
      }),
    ),
  },
  { additionalProperties: false, title: 'Configuration of Hearth' },
)
