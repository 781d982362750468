import type { Step } from './program.ts'
import type { State } from './state.ts'

/** A count for "as often as you like from here on". */
export const unlimited = -1
/** A count for "many more before it may end": more than whoever asks can look ahead. */
export const farFromEnough = -2

/**
 * A place in the reading of a text: a step to go on with, and what is to follow after its rule. A `FrameTable` makes
 * equal frames once, so that they are equal when they are identical.
 */
export interface Frame {
  readonly id: number
  readonly step: Step
  /** Of a text: the bytes that are done. Of a repetition: how often it was begun, or one of the two above. Otherwise 0. */
  readonly count: number
  readonly parent: Frame | undefined
  /** Bytes of a shortest way to the end of the whole text. */
  readonly least: number
  /** Frames on top of this one, by count and step. */
  children: Map<number, Frame> | undefined
  /** The same place with counts that a look ahead cannot tell from it. */
  normal: Frame | undefined
  /** The state that is this frame alone. */
  alone: State | undefined
  /** The state after the end of what stands on this frame. */
  resumed: State | undefined
  /** The last closure that has met this frame. */
  mark: number
}
