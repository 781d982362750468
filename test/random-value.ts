import type { TSchema } from '@sinclair/typebox'
import type { SeededRandom } from './seeded-random.ts'

/** A value that a schema allows, as far as it is made of what routes are made of; a pattern is met by `name`. */
export function randomValue(schema: TSchema, random: SeededRandom): unknown {
  if (schema.const !== undefined) return schema.const
  if (Array.isArray(schema.anyOf)) return randomValue(random.pick(schema.anyOf as TSchema[]), random)
  switch (schema.type) {
    case 'string':
      return schema.pattern ? random.pick(['name', 'n']) : randomText(schema, random)
    case 'integer':
      return randomNumber(schema, random)
    case 'number':
      return randomNumber(schema, random)
    case 'boolean':
      return random.chance(0.5)
    case 'null':
      return null
    case 'array':
      return randomList(schema, random)
    case 'object':
      return randomObject(schema, random)
    default:
      return random.pick([null, 0, 1, 'x', true, [], {}, { a: [1] }])
  }
}

function randomText({ minLength = 0 }: TSchema, random: SeededRandom): string {
  const text = random.pick(['', 'a', 'Say hello.', '1', '{"a":1}', 'é語🙂', '\0\n"\\', '5m', ' ', 'root ::= "a"'])
  return text.length < minLength ? 'long enough' : text
}

function randomNumber({ minimum, maximum, exclusiveMinimum, type }: TSchema, random: SeededRandom): number {
  const low = minimum ?? (exclusiveMinimum === undefined ? -1000 : exclusiveMinimum + 0.01)
  const high = maximum ?? low + 2000
  const edges = [low, high, Math.max(low, Math.min(high, 1))]
  const inner = low + random.next() * (high - low)
  const number = random.chance(0.5) ? random.pick(edges) : inner
  return type === 'integer' ? Math.min(high, Math.max(low, Math.round(number))) : number
}

function randomList({ items, minItems = 0, maxItems = 3 }: TSchema, random: SeededRandom): unknown[] {
  const length = random.between(minItems, Math.min(maxItems, minItems + 2))
  return Array.from({ length }, () => randomValue(items, random))
}

/** Half of the objects have few of the fields that they may have: with all of them nothing is ever accepted. */
function randomObject(schema: TSchema, random: SeededRandom): Record<string, unknown> {
  const { properties = {}, required = [], patternProperties } = schema
  const share = random.chance(0.5) ? 0.04 : 0.2
  const entries = Object.entries(properties as Record<string, TSchema>)
    .filter(([name]) => required.includes(name) || random.chance(share))
    .map(([name, inner]) => [name, randomValue(inner, random)])
  const [inner] = Object.values((patternProperties ?? {}) as Record<string, TSchema>)
  const more = inner && random.chance(0.7) ? [[String(random.between(0, 20)), randomValue(inner, random)]] : []
  return Object.fromEntries([...entries, ...more])
}
