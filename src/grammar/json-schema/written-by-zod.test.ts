import { expect, test } from 'bun:test'
import { z } from 'zod'
import { TextSampler } from '../../../test/sample-text.ts'
import { SeededRandom } from '../../../test/seeded-random.ts'
import { jsonSchemaGrammar } from './json-schema.ts'

const Tree = z.object({
  name: z.string(),
  get children(): z.ZodArray<typeof Tree> {
    return z.array(Tree)
  },
})

const checkers: Readonly<Record<string, z.ZodType>> = {
  ...{ email: z.email(), uuid: z.uuid(), ipv4: z.ipv4(), ipv6: z.ipv6(), cidr: z.cidrv4(), base64: z.base64() },
  ...{
    nanoid: z.nanoid(),
    cuid: z.cuid2(),
    ulid: z.ulid(),
    phone: z.e164(),
    hash: z.hash('sha256'),
    host: z.hostname(),
  },
  ...{ dateTime: z.iso.datetime({ offset: true }), date: z.iso.date(), time: z.iso.time(), duration: z.iso.duration() },
  ...{ int: z.int(), int32: z.int32(), few: z.number().positive().max(5), halves: z.number().multipleOf(0.5) },
  ...{ record: z.record(z.string(), z.number()), byColour: z.record(z.enum(['red', 'blue']), z.number()) },
  ...{ tuple: z.tuple([z.string(), z.number()]), rest: z.tuple([z.string()]).rest(z.boolean()) },
  ...{ union: z.union([z.string(), z.number()]), literal: z.literal(['a', 1, null]), json: z.json() },
  shape: z.discriminatedUnion('type', [
    z.object({ type: z.literal('circle'), radius: z.number().min(0) }),
    z.object({ type: z.literal('square'), side: z.int().min(1).max(9) }),
  ]),
  optional: z.object({
    a: z.string().optional(),
    b: z.string().nullable(),
    c: z.string().default('x'),
    d: z.never().optional(),
  }),
  ...{ strict: z.strictObject({ a: z.string() }), loose: z.looseObject({ a: z.string() }) },
  catchall: z.object({ a: z.string() }).catchall(z.number()),
  both: z.intersection(z.object({ a: z.string() }), z.object({ b: z.number() })),
  tree: Tree,
  texts: z.string().startsWith('ab').endsWith('c').includes('x'),
  pattern: z
    .string()
    .regex(/^(?!a{4})a+$/)
    .min(2)
    .max(9),
  trimmed: z.string().trim().toUpperCase(),
}

test('what is drawn from the grammars of schemas that zod writes is what zod wants', () => {
  for (const [name, checker] of Object.entries(checkers)) {
    const sampler = new TextSampler(jsonSchemaGrammar(z.toJSONSchema(checker), 'schema'))
    const random = new SeededRandom(11)
    for (let count = 0; count < 25; count++) {
      const text = sampler.sample(random)
      const { success } = checker.safeParse(JSON.parse(text))
      expect([name, text, success]).toEqual([name, text, true])
    }
  }
})
