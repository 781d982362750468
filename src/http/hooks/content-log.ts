import type { Log } from '../../observe/log.ts'
import { presentedKey } from './presented-key.ts'

/** Characters of what was asked, and of what was answered, that go into the log at most. */
export const longestContent = 8000

/**
 * What is asked and answered, for the log: made only where the configuration wants that (`log_content`). The client's key is
 * taken out of it, should it stand there.
 */
export class ContentLog {
  readonly #key: string | undefined
  readonly #decoder = new TextDecoder()
  #asked = ''
  #answered = ''

  constructor(headers: Headers) {
    this.#key = presentedKey(headers)
  }

  ask(text: string): void {
    this.#asked = text
  }

  /** A piece of the answer as it is sent. */
  answer(bytes: Uint8Array): void {
    if (this.#answered.length <= longestContent) this.#answered += this.#decoder.decode(bytes, { stream: true })
  }

  /** Once. Nothing where nothing was asked but by a path. */
  write(log: Log, requestId: string): void {
    if (this.#asked === '') return
    log.info('content', { requestId, asked: this.#shown(this.#asked), answered: this.#shown(this.#answered) })
  }

  #shown(text: string): string {
    const known = this.#key === undefined ? text : text.replaceAll(this.#key, '[key]')
    return known.length > longestContent ? `${known.slice(0, longestContent)}… [${text.length} characters]` : known
  }
}
