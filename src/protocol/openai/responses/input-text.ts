/**
 * Reads the one text in a JSON object of one field while it arrives, piece by piece: `{"input":"a\nb"}`. What is not
 * whole yet, as half of an escape, waits for the next piece.
 */
export class InputText {
  #state: 'before' | 'name' | 'colon' | 'text' | 'done' = 'before'
  #waiting = ''

  /** The next piece of the JSON; answers what it adds to the text. */
  read(piece: string): string {
    let text = ''
    const json = this.#waiting + piece
    this.#waiting = ''
    for (let at = 0; at < json.length; ) {
      const length = this.#state === 'text' ? lengthAt(json, at) : 1
      if (at + length > json.length) {
        this.#waiting = json.slice(at)
        break
      }
      text += this.#step(json.slice(at, at + length))
      at += length
    }
    return text
  }

  #step(part: string): string {
    if (this.#state === 'text' && part !== '"') return part[0] === '\\' ? (JSON.parse(`"${part}"`) as string) : part
    if (part === '"')
      this.#state = ({ before: 'name', name: 'colon', colon: 'text', text: 'done', done: 'done' } as const)[this.#state]
    return ''
  }
}

const highSurrogate = /^\\u[dD][89abAB]/

/** Characters of what stands there and cannot be read in parts. An escaped surrogate takes its other half with it. */
function lengthAt(json: string, at: number): number {
  if (json[at] !== '\\') return 1
  if (json.length === at + 1) return 2
  if (json[at + 1] !== 'u') return 2
  if (!highSurrogate.test(json.slice(at, at + 6))) return 6
  const next = json.slice(at + 6, at + 8)
  return next === '\\u' || '\\u'.startsWith(next) ? 12 : 6
}
