import type { Frame } from './frame.ts'

/** All the places at which a text that was read so far may stand. A `Machine` makes equal states once. */
export interface State {
  /** Frames that wait for a byte or a control token, by id. */
  readonly places: readonly Frame[]
  /** Whether the text may end here. */
  readonly isComplete: boolean
  /** Whether a control token may follow. */
  readonly wantsSpecial: boolean
  /** The one byte that can follow; -1 where none can, or several. */
  readonly onlyByte: number
  /** Bytes of a shortest way to an end, a control token counts as one. */
  readonly least: number
  /** What follows, by class of byte, as far as it is known. */
  next: (State | undefined)[] | undefined
  /** The same with normal frames. */
  normal: State | undefined
  /** Groups of eight bytes (bit `byte / 8`) none of which leads anywhere else; see `Machine.loops`. */
  loops: number | undefined
}

/** A state without any place, which no text reaches, when it is not complete. */
export function makeState(places: readonly Frame[], isComplete: boolean): State {
  return {
    places,
    isComplete,
    wantsSpecial: places.some(({ step }) => step.type === 'special'),
    onlyByte: onlyByteOf(places),
    least: isComplete ? 0 : places.reduce((least, place) => Math.min(least, place.least), Number.POSITIVE_INFINITY),
    next: undefined,
    normal: undefined,
    loops: undefined,
  }
}

function onlyByteOf(places: readonly Frame[]): number {
  let only = -1
  for (const place of places) {
    const byte = byteOf(place)
    if (byte === undefined) continue
    if (byte < 0 || (only >= 0 && byte !== only)) return -1
    only = byte
  }
  return only
}

/** The byte that a place waits for: -1 when there are several, undefined when it waits for a control token. */
function byteOf({ step, count }: Frame): number | undefined {
  if (step.type === 'text') return step.bytes[count]
  if (step.type !== 'branch') return undefined
  const [only, more] = step.branches
  return only && !more && only.first === only.last ? only.first : -1
}
