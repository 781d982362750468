import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { matchesGrammar } from '../../../test/match-grammar.ts'
import { TextSampler } from '../../../test/sample-text.ts'
import { SeededRandom } from '../../../test/seeded-random.ts'
import { jsonValidator } from '../../../test/validate-json.ts'
import type { Grammar } from '../grammar.ts'
import { jsonSchemaGrammar } from './json-schema.ts'
import { jsonText } from './json-value.ts'
import { SchemaProblem } from './schema-problem.ts'

interface SuiteGroup {
  readonly file: string
  readonly description: string
  readonly schema: unknown
  readonly tests: readonly { readonly data: unknown; readonly valid: boolean }[]
}

const groups = readFileSync(new URL('../../../test/json-schema-suite/draft2020-12.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as SuiteGroup)

/** Without `type` a schema is taken to mean the values that its keywords speak of, so values of other types are not written. */
const typed = groups.filter(({ schema }) => hasType(schema))

test('of each group of the official suite, all drawn texts are valid, and no invalid value has a text', () => {
  const wrong: string[] = []
  let accepted = 0
  for (const group of groups) {
    const grammar = compile(group)
    if (!grammar) continue
    accepted++
    const validate = jsonValidator(group.schema)
    const sampler = new TextSampler(grammar)
    const random = new SeededRandom(3)
    for (let count = 0; count < 8; count++) {
      const text = sampler.sample(random)
      const problem = validate(text)
      if (problem) wrong.push(`${nameOf(group)}: ${problem}: ${text}`)
    }
    for (const { data, valid } of group.tests) {
      const text = jsonText(data)
      if (!valid && text.length < 200 && matchesGrammar(grammar, text)) wrong.push(`${nameOf(group)}: takes ${text}`)
    }
  }
  expect(wrong).toEqual([])
  expect(accepted).toBeGreaterThan(250)
})

test('valid values of typed schemas of the official suite have a text', () => {
  const missing = typed.flatMap((group) => {
    const grammar = compile(group)
    const texts = group.tests.filter(({ valid }) => valid).map(({ data }) => jsonText(data))
    return grammar
      ? texts.filter((text) => !matchesGrammar(grammar, text)).map((text) => `${nameOf(group)}: ${text}`)
      : []
  })
  expect(missing).toEqual([
    // Numbers that a double does not hold exactly.
    'optional/bignum, integer: 1.2345678910111214e+52',
    'optional/bignum, integer: -1.2345678910111214e+52',
    'optional/float-overflow, all integers are multiples of 0.5, if overflow is handled: 1e+308',
  ])
})

test('files of which every schema that some value satisfies is enforced', () => {
  const refused = new Set(groups.filter((group) => !compile(group)).map(({ file }) => file))
  const whole = new Set(groups.map(({ file }) => file).filter((file) => !refused.has(file)))
  for (const file of [
    'additionalProperties',
    'const',
    'dependentRequired',
    'items',
    'maxItems',
    'minLength',
    'pattern',
  ])
    expect([file, whole.has(file)]).toEqual([file, true])
  for (const file of ['prefixItems', 'properties', 'propertyNames', 'required', 'type', 'optional/format/uuid'])
    expect([file, whole.has(file)]).toEqual([file, true])
})

/** Undefined: it is refused, by the path of a keyword. */
function compile(group: SuiteGroup): Grammar | undefined {
  try {
    return jsonSchemaGrammar(group.schema, 'schema')
  } catch (error) {
    if (!(error instanceof SchemaProblem)) throw error
    expect(error.path).toStartWith('schema')
    return undefined
  }
}

function hasType(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && 'type' in schema
}

function nameOf({ file, description }: SuiteGroup): string {
  return `${file}, ${description}`
}
