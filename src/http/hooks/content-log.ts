import type { Log } from '../../observe/log.ts'
import { presentedKey } from './presented-key.ts'

/** Characters of what was asked, and of what was answered, that go into the log at most. */
export const longestContent = 8000
const longestKey = 1024

/**
 * What is asked and answered, for the log: made only where the configuration wants that (`log_content`). The client's key is
 * taken out of it, should it stand there.
 */
export class ContentLog {
  readonly #key: string | undefined
  readonly #decoder = new TextDecoder()
  #asked = ''
  /** No more of it than is written, and a key that is begun there. */
  #answered = ''
  #answeredCharacters = 0

  constructor(headers: Headers) {
    this.#key = presentedKey(headers)
  }

  ask(text: string): void {
    this.#asked = text
  }

  /** A piece of the answer as it is sent. */
  answer(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, { stream: true })
    this.#answeredCharacters += text.length
    if (this.#answered.length <= longestContent + longestKey) this.#answered += text
  }

  /** Once. Nothing where nothing was asked but by a path. */
  write(log: Log, requestId: string): void {
    if (this.#asked === '') return
    const asked = this.#shown(this.#asked, this.#asked.length)
    log.info('content', { requestId, asked, answered: this.#shown(this.#answered, this.#answeredCharacters) })
  }

  #shown(text: string, characters: number): string {
    const known = this.#key === undefined ? text : text.replaceAll(this.#key, '[key]')
    return known.length > longestContent ? `${known.slice(0, longestContent)}… [${characters} characters]` : known
  }
}
