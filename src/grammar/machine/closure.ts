import type { Frame } from './frame.ts'
import { farFromEnough, unlimited } from './frame.ts'
import type { FrameTable } from './frame-table.ts'
import { GrammarError } from './grammar-error.ts'
import type { RepeatStep, Step } from './program.ts'

/** More places than this at once are refused: every byte would take milliseconds. */
const mostPlaces = 20_000
/** From this many steps on they are remembered, so that no two ways are gone twice. Most closures are smaller. */
const fewSteps = 24

/** From this many places on it is worth while to look for some that are not needed. */
const fewPlaces = 8

/** Collects all places that can be reached without a byte. */
export class Closure {
  readonly #frames: FrameTable
  readonly #stepCount: number
  readonly #hasSpecial: (text: string) => boolean
  readonly #steps: Step[] = []
  readonly #parents: (Frame | undefined)[] = []
  readonly #seen = new Set<number>()
  #places: Frame[] = []
  #isComplete = false
  #mark = 0
  #taken = 0

  constructor(frames: FrameTable, stepCount: number, hasSpecial: (text: string) => boolean) {
    this.#frames = frames
    this.#stepCount = stepCount
    this.#hasSpecial = hasSpecial
  }

  begin(): void {
    this.#mark++
    this.#places = []
    this.#isComplete = false
    this.#steps.length = 0
    this.#parents.length = 0
    this.#taken = 0
    if (this.#seen.size > 0) this.#seen.clear()
  }

  /** A way to go on with, with all that it leads to. */
  go(step: Step, parent: Frame | undefined): void {
    this.#push(step, parent)
    this.#run()
  }

  /** The end of what stands on the frame; without a frame, the end of all. */
  resume(frame: Frame | undefined): void {
    this.#return(frame)
    this.#run()
  }

  /** A place that waits for a byte or a control token. */
  place(frame: Frame): void {
    if (frame.mark === this.#mark) return
    frame.mark = this.#mark
    if (this.#places.length >= mostPlaces) throw new GrammarError('too-ambiguous', frame.step.rule)
    this.#places.push(frame)
  }

  end(): { readonly places: readonly Frame[]; readonly isComplete: boolean } {
    const places = this.#places.length < fewPlaces ? this.#places : withoutSpent(this.#places)
    if (places.length > 1) places.sort((left, right) => left.id - right.id)
    return { places, isComplete: this.#isComplete }
  }

  #push(step: Step, parent: Frame | undefined): void {
    this.#steps.push(step)
    this.#parents.push(parent)
  }

  #run(): void {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      const parent = this.#parents.pop()
      if (step.type === 'text' || step.type === 'branch') this.place(this.#frames.frame(step, 0, parent))
      else if (++this.#taken < fewSteps || this.#isNew(step, parent)) this.#take(step, parent)
    }
  }

  #isNew(step: Step, parent: Frame | undefined): boolean {
    const key = (parent ? parent.id : 0) * this.#stepCount + step.id
    if (this.#seen.has(key)) return false
    this.#seen.add(key)
    return true
  }

  #take(step: Step, parent: Frame | undefined): void {
    switch (step.type) {
      case 'return':
        this.#return(parent)
        break
      case 'split':
        for (const way of step.ways) this.#push(way, parent)
        break
      case 'loop':
        this.#push(step.next, parent)
        this.#push(step.body, parent)
        break
      case 'call':
        this.#push(step.entry.start, this.#returnTo(step.next, parent))
        break
      case 'repeat':
        if (step.least === 0) this.#push(step.next, parent)
        this.#push(step.body, this.#frames.round(step, 0, parent))
        break
      case 'special':
        if (this.#hasSpecial(step.text)) this.place(this.#frames.frame(step, 0, parent))
        else this.#push(step.plain, parent)
    }
  }

  /** The call that a rule ends with needs no frame of its own: lists that are written as recursion stay flat. */
  #returnTo(next: Step, parent: Frame | undefined): Frame | undefined {
    return next.type === 'return' ? parent : this.#frames.frame(next, 0, parent)
  }

  #return(frame: Frame | undefined): void {
    if (!frame) this.#isComplete = true
    else if (frame.step.type === 'repeat') this.#endRound(frame, frame.step)
    else this.#push(frame.step, frame.parent)
  }

  #endRound({ count, parent }: Frame, step: RepeatStep): void {
    if (isEnough(count, step)) this.#push(step.next, parent)
    if (count < 0 || count < step.most) this.#push(step.body, this.#frames.round(step, count, parent))
  }
}

function isEnough(count: number, step: RepeatStep): boolean {
  return count === unlimited || (count !== farFromEnough && count >= step.least)
}

/**
 * Leaves out places that differ from others in the count of one repetition only, and have fewer rounds left. Where rounds
 * overlap, as in `((a|b){0,9}){0,9}`, there would be a place for every way to spread a text over them.
 */
function withoutSpent(places: readonly Frame[]): Frame[] {
  const kept: Frame[] = []
  const freest = new Map<string, { readonly at: number; readonly count: number }>()
  for (const place of places) {
    const round = place.parent
    if (round?.step.type !== 'repeat' || !isEnough(round.count, round.step)) kept.push(place)
    else {
      const key = `${place.step.id} ${place.count} ${round.step.id} ${round.parent?.id ?? 0}`
      const other = freest.get(key)
      if (!other) {
        freest.set(key, { at: kept.length, count: round.count })
        kept.push(place)
      } else if (round.count < other.count) {
        freest.set(key, { at: other.at, count: round.count })
        kept[other.at] = place
      }
    }
  }
  return kept
}
