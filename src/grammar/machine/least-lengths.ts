import type { Program, RuleEntry, Step } from './program.ts'

/**
 * The fewest bytes from each step to the end of its rule (or of the body of its repetition), by the step's id. A control
 * token counts as one. Infinite for steps that nothing leads to.
 */
export function leastLengths(program: Program, hasSpecial: (text: string) => boolean): Float64Array {
  const lengths = new Float64Array(program.steps.length).fill(Number.POSITIVE_INFINITY)
  const measure = (step: Step) => leastOf(step, lengths, hasSpecial)
  lengths[0] = 0
  for (let isSettled = false; !isSettled; ) {
    isSettled = true
    for (const entry of program.entries) if (!settleRule(program, entry, { lengths, measure })) isSettled = false
  }
  return lengths
}

interface Lengths {
  readonly lengths: Float64Array
  measure(step: Step): number
}

/** What follows a step has a smaller id, so one pass is enough for all that does not lead to other rules. */
function settleRule(program: Program, entry: RuleEntry, { lengths, measure }: Lengths): boolean {
  let isSettled = true
  for (let id = entry.from; id < entry.to; id++) {
    const length = measure(program.steps[id] as Step)
    if (length === lengths[id]) continue
    lengths[id] = length
    isSettled = false
  }
  return isSettled
}

function leastOf(step: Step, lengths: Float64Array, hasSpecial: (text: string) => boolean): number {
  const of = (next: Step) => lengths[next.id] as number
  switch (step.type) {
    case 'return':
      return 0
    case 'text':
      return step.bytes.length + of(step.next)
    case 'branch':
      return 1 + step.branches.reduce((least, { next }) => Math.min(least, of(next)), Number.POSITIVE_INFINITY)
    case 'split':
      return step.ways.reduce((least, way) => Math.min(least, of(way)), Number.POSITIVE_INFINITY)
    case 'loop':
      return of(step.next)
    case 'call':
      return of(step.entry.start) + of(step.next)
    case 'repeat':
      return (step.least === 0 ? 0 : step.least * of(step.body)) + of(step.next)
    case 'special':
      return hasSpecial(step.text) ? 1 + of(step.next) : of(step.plain)
  }
}
