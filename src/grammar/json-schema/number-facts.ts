import type { Alternative } from './expand-conjunction.ts'
import { KeywordReader } from './keywords.ts'
import type { SchemaContext } from './schema-context.ts'
import type { Subschema } from './subschema.ts'

/** What is said of numbers. Both bounds are allowed values themselves: exclusive ones have been moved inside. */
export interface NumberFacts {
  readonly low?: { readonly value: number; readonly path: string }
  readonly high?: { readonly value: number; readonly path: string }
  readonly steps: readonly { readonly value: number; readonly path: string }[]
}

type Bound = NumberFacts['low']

export function readNumberFacts(context: SchemaContext, schemas: Alternative): NumberFacts {
  let low: Bound
  let high: Bound
  const steps: { value: number; path: string }[] = []
  for (const schema of schemas) {
    const read = new KeywordReader(context, schema)
    const raise = (value: number | undefined, name: string) => {
      if (value !== undefined && (low === undefined || value > low.value)) low = { value, path: read.pathOf(name) }
    }
    const lower = (value: number | undefined, name: string) => {
      if (value !== undefined && (high === undefined || value < high.value)) high = { value, path: read.pathOf(name) }
    }
    const { min, max } = readBounds(read, schema.keywords)
    raise(min.value, 'minimum')
    lower(max.value, 'maximum')
    raise(neighbour(min.exclusive, 1), 'exclusiveMinimum')
    lower(neighbour(max.exclusive, -1), 'exclusiveMaximum')
    const [least, most] = boundsOfFormat(schema.keywords.format)
    raise(least, 'format')
    lower(most, 'format')
    const step = read.number('multipleOf')
    if (step !== undefined && step <= 0) context.drop(read.pathOf('multipleOf'), 'It must be greater than 0')
    else if (step !== undefined) steps.push({ value: step, path: read.pathOf('multipleOf') })
  }
  return { steps, ...(low ? { low } : {}), ...(high ? { high } : {}) }
}

interface Limit {
  readonly value?: number | undefined
  readonly exclusive?: number | undefined
}

/** Draft 4 and OpenAPI 3.0 write `true` for an exclusive bound, which stands in `minimum` and `maximum` there. */
function readBounds(read: KeywordReader, { exclusiveMinimum, exclusiveMaximum }: Subschema['keywords']) {
  const limit = (name: string, exclusiveName: string, exclusive: unknown): Limit => {
    const value = read.number(name)
    if (exclusive === true && value !== undefined) return { exclusive: value }
    return typeof exclusive === 'boolean' ? { value } : { value, exclusive: read.number(exclusiveName) }
  }
  return {
    min: limit('minimum', 'exclusiveMinimum', exclusiveMinimum),
    max: limit('maximum', 'exclusiveMaximum', exclusiveMaximum),
  }
}

/** What `int32`, `uint8` and the like can hold. Those of 64 bits hold more than is ever written. */
function boundsOfFormat(format: unknown): readonly [least?: number | undefined, most?: number | undefined] {
  const [, sign, bits = '64'] = /^(u?)int(8|16|32|64)?$/.exec(String(format)) ?? []
  if (sign === undefined) return []
  const most = bits === '64' ? undefined : 2 ** (Number(bits) - (sign === 'u' ? 0 : 1)) - 1
  if (sign === 'u') return [0, most]
  return most === undefined ? [] : [-most - 1, most]
}

/** The next number that a double can hold: every decimal beyond the bound is read as it, or as one farther away. */
function neighbour(value: number | undefined, direction: 1 | -1): number | undefined {
  if (value === undefined) return undefined
  if (value === 0) return direction * Number.MIN_VALUE
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const isAway = value > 0 === direction > 0
  view.setBigInt64(0, view.getBigInt64(0) + (isAway ? 1n : -1n))
  return view.getFloat64(0)
}
