import type { Branch, Step } from './program.ts'
import type { StepBuilder } from './step-builder.ts'

/** A way that begins with a text. */
export interface TextWay {
  readonly bytes: Uint8Array
  readonly next: Step
}

/**
 * Steps for a choice of texts that share their common beginnings, so that a place in ten thousand texts is one place and
 * not ten thousand. The texts may be empty, and equal.
 */
export function buildTextTree(ways: readonly TextWay[], builder: StepBuilder): Step | undefined {
  const sorted = [...ways].sort((left, right) => compareBytes(left.bytes, right.bytes))
  return buildBelow(sorted, 0, builder)
}

/** For ways that are equal up to `depth`. */
function buildBelow(ways: readonly TextWay[], depth: number, builder: StepBuilder): Step | undefined {
  const first = ways[0]
  const last = ways.at(-1)
  if (!first || !last) return undefined
  const common = commonLength(first.bytes, last.bytes, depth)
  const ends = ways.filter(({ bytes }) => bytes.length === common).map(({ next }) => next)
  const branches = branchesAt(ways.slice(ends.length), common, builder)
  const step = builder.split(branches.length > 0 ? [...ends, builder.branch(branches)] : ends) as Step
  return builder.text(first.bytes.subarray(depth, common), step)
}

function branchesAt(ways: readonly TextWay[], depth: number, builder: StepBuilder): Branch[] {
  const branches: Branch[] = []
  for (let from = 0; from < ways.length; ) {
    const byte = ways[from]?.bytes[depth] as number
    let to = from + 1
    while (ways[to]?.bytes[depth] === byte) to++
    const next = buildBelow(ways.slice(from, to), depth + 1, builder) as Step
    branches.push({ first: byte, last: byte, next })
    from = to
  }
  return branches
}

/** Of two texts that are equal up to `from`. In sorted texts, what the first and the last share all share. */
function commonLength(left: Uint8Array, right: Uint8Array, from: number): number {
  const end = Math.min(left.length, right.length)
  let length = from
  while (length < end && left[length] === right[length]) length++
  return length
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const common = commonLength(left, right, 0)
  const end = Math.min(left.length, right.length)
  return common === end ? left.length - right.length : (left[common] as number) - (right[common] as number)
}
