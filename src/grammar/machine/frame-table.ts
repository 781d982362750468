import { type Frame, farFromEnough, unlimited } from './frame.ts'
import type { Program, RepeatStep, Step } from './program.ts'

/** Roughly what a frame takes in memory, with its share of a map. */
const frameBytes = 300

/** Makes frames, equal ones once. */
export class FrameTable {
  readonly #stepCount: number
  readonly #least: Float64Array
  readonly #lookAhead: number
  readonly #bottom = new Map<number, Frame>()
  #size = 0

  /** `least` by step as `leastLengths` tells it; `lookAhead`: the most bytes that normal frames are walked over. */
  constructor(program: Program, least: Float64Array, lookAhead: number) {
    this.#stepCount = program.steps.length
    this.#least = least
    this.#lookAhead = lookAhead
  }

  get memory(): number {
    return this.#size * frameBytes
  }

  frame(step: Step, count: number, parent: Frame | undefined): Frame {
    const key = (count - farFromEnough) * this.#stepCount + step.id
    let siblings = this.#bottom
    if (parent) {
      parent.children ??= new Map()
      siblings = parent.children
    }
    const known = siblings.get(key)
    if (known) return known
    const frame = {
      id: ++this.#size,
      step,
      count,
      parent,
      least: this.#leastOf(step, count) + (parent ? parent.least : 0),
      children: undefined,
      normal: undefined,
      alone: undefined,
      resumed: undefined,
      mark: 0,
    }
    siblings.set(key, frame)
    return frame
  }

  /** The frame of a further round of a repetition, after `count` of them. */
  round(step: RepeatStep, count: number, parent: Frame | undefined): Frame {
    if (count < 0) return this.frame(step, count, parent)
    const isFree = step.most === Number.POSITIVE_INFINITY && count + 1 >= step.least
    return this.frame(step, isFree ? unlimited : count + 1, parent)
  }

  /** A frame of another table, made anew in this one. */
  adopt(frame: Frame): Frame {
    return this.#rebuild(frame, undefined, (each) => each.count)
  }

  /** What stands above another frame, as if that and all below it was not there. */
  above(frame: Frame, bottom: Frame | undefined): Frame {
    return bottom ? this.#rebuild(frame, bottom, (each) => each.count) : frame
  }

  /** The same place, with counts so large or small that no token reaches the other end of them made equal. */
  normal(frame: Frame): Frame {
    frame.normal ??= this.#rebuild(frame, undefined, (each) => this.#normalCount(each))
    return frame.normal
  }

  /** Made anew from the frame above `bottom` on, or from the last one that is known to be normal. */
  #rebuild(frame: Frame, bottom: Frame | undefined, count: (frame: Frame) => number): Frame {
    const path: Frame[] = []
    for (let each: Frame | undefined = frame; each && each !== bottom; each = each.parent) path.push(each)
    let result: Frame | undefined
    for (let each = path.pop(); each; each = path.pop()) result = this.frame(each.step, count(each), result)
    return result as Frame
  }

  #normalCount({ step, count }: Frame): number {
    if (step.type !== 'repeat' || count < 0) return count
    if (step.least - count > this.#lookAhead) return farFromEnough
    return step.least <= count && step.most - count > this.#lookAhead ? unlimited : count
  }

  #leastOf(step: Step, count: number): number {
    const least = this.#least[step.id] as number
    if (step.type === 'text') return least - count
    if (step.type !== 'repeat') return least
    const rest = this.#least[step.next.id] as number
    const rounds = count < 0 ? 0 : Math.max(0, step.least - count)
    return rounds === 0 ? rest : rounds * (this.#least[step.body.id] as number) + rest
  }
}

/** Where the rule that a frame is in returns to. Rounds of counted repetitions belong to the rule. */
export function outerFrame(frame: Frame): Frame | undefined {
  let outer = frame.parent
  while (outer && outer.step.type === 'repeat') outer = outer.parent
  return outer
}
