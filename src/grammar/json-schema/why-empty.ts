import { countFirst, itemOf } from './array-facts.ts'
import { decimalOf, unitsOf } from './decimal.ts'
import { fitsShape } from './fits.ts'
import { memberOf } from './object-facts.ts'
import type { SchemaReader } from './schema-reader.ts'
import type { Shape } from './shape.ts'
import type { Conjunction } from './subschema.ts'
import type { ValueType } from './value-type.ts'

/** Why no value is valid, and the keyword that is to blame. */
export interface EmptyReason {
  readonly path: string
  readonly problem: string
}

interface Question {
  readonly depth: number
  /** Only values of these types are asked for. */
  readonly types?: ReadonlySet<ValueType>
}

/** Beyond this many levels of members it is not looked for reasons. */
const maxDepth = 5

/** Why no value satisfies the schemas. Undefined: some does, or it is not known that none does. */
export function whyEmpty(reader: SchemaReader, conjunction: Conjunction, question: Question): EmptyReason | undefined {
  if (question.depth > maxDepth) return undefined
  let reason: EmptyReason | undefined
  for (const shape of reader.shapesOf(conjunction)) {
    const own = whyShapeEmpty(reader, shape, question)
    if (!own) return undefined
    reason ??= own
  }
  return reason ?? { path: falsePath(conjunction), problem: 'No value is valid here' }
}

/** The same for one way to satisfy schemas. */
export function whyShapeEmpty(reader: SchemaReader, shape: Shape, question: Question): EmptyReason | undefined {
  reader.context.spend(1, shape.schemas[0]?.path ?? '')
  const types = question.types ? shape.types.intersection(question.types) : shape.types
  if (shape.values) {
    const { all, path } = shape.values
    const isPossible = all.some((value) => fitsShape(reader, value, { shape, types }))
    return isPossible ? undefined : { path, problem: 'None of these values is valid with the other keywords' }
  }
  let reason: EmptyReason | undefined
  for (const type of types) {
    const own = whyTypeEmpty(reader, shape, { type, depth: question.depth })
    if (!own) return undefined
    reason ??= own
  }
  const typed = shape.schemas.findLast(({ keywords }) => keywords.type !== undefined) ?? shape.schemas[0]
  return reason ?? { path: `${typed?.path ?? ''}.type`, problem: 'No type is left that a value could have' }
}

function whyTypeEmpty(
  reader: SchemaReader,
  shape: Shape,
  { type, depth }: { readonly type: ValueType; readonly depth: number },
): EmptyReason | undefined {
  if (type === 'string') return whyCountEmpty(shape.text)
  if (type === 'integer' || type === 'fraction') return whyNumberEmpty(shape, type)
  if (type === 'array') return whyArrayEmpty(reader, shape, depth)
  if (type === 'object') return whyObjectEmpty(reader, shape, depth)
  const values = type === 'null' ? [null] : [true, false]
  const gone = shape.excluded.find(({ value }) => value === values[0])
  const areGone = values.every((value) => shape.excluded.some((each) => each.value === value))
  return gone && areGone ? { path: gone.path, problem: 'No value is left' } : undefined
}

function whyCountEmpty({
  least,
  most,
}: {
  least: { value: number; path: string }
  most?: { value: number; path: string }
}) {
  if (!most || least.value <= most.value) return undefined
  return { path: least.path, problem: `It asks for ${least.value}, but at most ${most.value} are allowed` }
}

function whyNumberEmpty({ number: { low, high } }: Shape, type: ValueType): EmptyReason | undefined {
  const isTooFar = (low?.value ?? 0) > Number.MAX_SAFE_INTEGER || (high?.value ?? 0) < -Number.MAX_SAFE_INTEGER
  if (isTooFar) return { path: low?.path ?? high?.path ?? '', problem: 'Numbers beyond 2^53 are not written' }
  if (!low || !high) return undefined
  const isEmpty =
    type === 'integer'
      ? unitsOf(decimalOf(low.value), 0, 'up') > unitsOf(decimalOf(high.value), 0, 'down')
      : low.value > high.value
  return isEmpty ? { path: low.path, problem: 'No number is between the lower and the upper bound' } : undefined
}

function whyArrayEmpty(reader: SchemaReader, shape: Shape, depth: number): EmptyReason | undefined {
  const facts = reader.arrayOf(shape)
  const first = Math.min(facts.least.value, countFirst(facts) + 1)
  for (let index = 0; index < first; index++) {
    const reason = whyEmpty(reader, itemOf(facts, index), { depth: depth + 1 })
    if (reason) return reason
  }
  return whyCountEmpty(facts)
}

function whyObjectEmpty(reader: SchemaReader, shape: Shape, depth: number): EmptyReason | undefined {
  const facts = reader.objectOf(shape)
  for (const [name, path] of facts.required) {
    const reason = whyEmpty(reader, memberOf(facts, name), { depth: depth + 1 })
    if (!reason) continue
    const isForbidden = memberOf(facts, name).some(({ isFalse }) => isFalse)
    return isForbidden ? { path, problem: `"${name}" is required, but not allowed` } : reason
  }
  const { most } = facts
  if (most && facts.required.size > most.value)
    return {
      path: most.path,
      problem: `${facts.required.size} properties are required, but at most ${most.value} allowed`,
    }
  return whyCountEmpty(facts)
}

function falsePath(conjunction: Conjunction): string {
  return (conjunction.find(({ isFalse }) => isFalse) ?? conjunction[0])?.path ?? ''
}
