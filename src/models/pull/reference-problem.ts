import { invalidParameter } from '../../core/errors.ts'

/** What a request for a pull is refused with: the field and what would be right there. */
export const wrong = (problem: string) => invalidParameter('model', problem)

/** Enough of a text to recognise it: a client may send megabytes. */
export const shorten = (text: string) => (text.length > 200 ? `${text.slice(0, 200)}…` : text)

/** A part of an address as people read it. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw wrong(`'${shorten(part)}' is no part of an address`)
  }
}
