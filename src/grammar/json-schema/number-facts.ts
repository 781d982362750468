import type { Alternative } from './expand-conjunction.ts'
import { KeywordReader } from './keywords.ts'
import type { SchemaContext } from './schema-context.ts'

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
    raise(read.number('minimum'), 'minimum')
    lower(read.number('maximum'), 'maximum')
    raise(neighbour(read.number('exclusiveMinimum'), 1), 'exclusiveMinimum')
    lower(neighbour(read.number('exclusiveMaximum'), -1), 'exclusiveMaximum')
    if (schema.keywords.format === 'int32') {
      raise(-2147483648, 'format')
      lower(2147483647, 'format')
    }
    const step = read.number('multipleOf')
    if (step !== undefined && step <= 0) context.drop(read.pathOf('multipleOf'), 'It must be greater than 0')
    else if (step !== undefined) steps.push({ value: step, path: read.pathOf('multipleOf') })
  }
  return { steps, ...(low ? { low } : {}), ...(high ? { high } : {}) }
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
