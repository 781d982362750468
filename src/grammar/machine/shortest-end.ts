import type { Frame } from './frame.ts'
import type { Machine } from './machine.ts'
import type { State } from './state.ts'

/** Bytes of a shortest way to an end, and names of control tokens between them. */
export function shortestEnd(machine: Machine, from: State): readonly (Uint8Array | string)[] {
  const parts: (Uint8Array | string)[] = []
  let bytes: number[] = []
  const endBytes = () => {
    if (bytes.length > 0) parts.push(Uint8Array.from(bytes))
    bytes = []
  }
  for (let state = from; !state.isComplete; ) {
    const next = bestStep(state, machine.least)
    if (typeof next === 'number') {
      bytes.push(next)
      state = machine.read(state, next)
    } else {
      endBytes()
      parts.push(next)
      state = machine.readSpecial(state, next)
    }
  }
  endBytes()
  return parts
}

/** The byte, or the control token, that comes closer to an end. There is always one: every place has a way to an end. */
function bestStep(state: State, least: Float64Array): number | string {
  let best = -1
  let special = ''
  for (const place of state.places) {
    if (place.least !== state.least) continue
    if (place.step.type === 'special') special = place.step.text
    else best = better(best, bestByte(place, least))
  }
  return best < 0 ? special : best
}

function bestByte({ step, count }: Frame, least: Float64Array): number {
  if (step.type === 'text') return step.bytes[count] as number
  if (step.type !== 'branch') return -1
  let best = -1
  for (const { first, last, next } of step.branches) {
    if ((least[next.id] as number) + 1 !== least[step.id]) continue
    for (let byte = first; byte <= last; byte++) best = better(best, byte)
  }
  return best
}

function better(left: number, right: number): number {
  if (left < 0 || right < 0) return Math.max(left, right)
  return rank(right) < rank(left) ? right : left
}

/** What closes comes first, then letters and digits, other printable characters, the rest of UTF-8, and controls. */
function rank(byte: number): number {
  const letter = String.fromCharCode(byte)
  if ('"]}'.includes(letter)) return byte
  if (/[0-9a-z]/.test(letter)) return 0x100 + byte
  if (byte > 0x20 && byte < 0x7f) return 0x200 + byte
  if (byte >= 0x80 || byte === 0x20) return 0x300 + byte
  return 0x400 + byte
}
