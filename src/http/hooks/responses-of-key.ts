import { mayDo } from '../../core/access.ts'
import { ServerError } from '../../core/errors.ts'
import type { ApiKey } from '../../store/api-keys.ts'
import type { KeptResponses, ResponseElsewhere, StoredItem, StoredResponse } from '../../store/response-store.ts'
import type { BackgroundWork, ResponsesInBackground } from '../responses/background-responses.ts'

type Holder = Pick<ApiKey, 'id' | 'scopes'>

/**
 * The kept responses that a key may know of: those that were asked for with it, and those for which no key was asked. Others are
 * not there for it. A key that may do everything knows of all. What is added is its own. Of those that providers keep it knows what
 * was asked for with it alone.
 */
export const responsesOfKey = (responses: KeptResponses, key: Holder): KeptResponses =>
  new ResponsesOfKey(responses, key)

/** The same of responses that are being made in the background. */
export function backgroundOfKey(background: ResponsesInBackground, key: Holder): ResponsesInBackground {
  const find = (id: string) => {
    const job = background.find(id)
    return job && isKnown(job.keyId, key) ? job : undefined
  }
  return {
    check: (model) => background.check(model),
    start: (work: BackgroundWork) => background.start({ ...work, keyId: key.id }),
    find,
    forget: (id) => find(id) && background.forget(id),
  }
}

const isKnown = (keyId: string | undefined, key: Holder): boolean =>
  keyId === undefined || keyId === key.id || mayDo(key.scopes, 'admin')

class ResponsesOfKey implements KeptResponses {
  readonly #responses: KeptResponses
  readonly #key: Holder

  constructor(responses: KeptResponses, key: Holder) {
    this.#responses = responses
    this.#key = key
  }

  check(): void {
    this.#responses.check()
  }

  add(response: StoredResponse, input: readonly StoredItem[], state: 'running' | 'done'): void {
    this.#responses.add({ ...response, keyId: this.#key.id }, input, state)
  }

  update(response: Pick<StoredResponse, 'id' | 'body' | 'output'>, state: 'running' | 'done'): boolean {
    return this.#isKnown(response.id) && this.#responses.update(response, state)
  }

  get(id: string): ReturnType<KeptResponses['get']> {
    const found = this.#responses.get(id)
    return found && isKnown(found.keyId, this.#key) ? found : undefined
  }

  delete(id: string): boolean {
    return this.#isKnown(id) && this.#responses.delete(id)
  }

  conversation(id: string, param: string): readonly StoredItem[] {
    if (!this.#isKnown(id)) throw new ServerError('previous_response_not_found', { param, response: id })
    return this.#responses.conversation(id, param)
  }

  inputItems(...[id, page]: Parameters<KeptResponses['inputItems']>): ReturnType<KeptResponses['inputItems']> {
    return this.#isKnown(id) ? this.#responses.inputItems(id, page) : undefined
  }

  keyOf(id: string): string | undefined {
    return this.#isKnown(id) ? this.#responses.keyOf(id) : undefined
  }

  item(id: string): StoredItem | undefined {
    return mayDo(this.#key.scopes, 'admin') ? this.#responses.item(id) : this.#responses.item(id, this.#key.id)
  }

  keepEvents(id: string, events: string): void {
    if (this.#isKnown(id)) this.#responses.keepEvents(id, events)
  }

  events(id: string): string | undefined {
    return this.#isKnown(id) ? this.#responses.events(id) : undefined
  }

  claim(elsewhere: ResponseElsewhere): void {
    this.#responses.claim(elsewhere, this.#key.id)
  }

  isOwn(elsewhere: ResponseElsewhere): boolean {
    return mayDo(this.#key.scopes, 'admin') || this.#responses.isOwn(elsewhere, this.#key.id)
  }

  #isKnown(id: string): boolean {
    return isKnown(this.#responses.keyOf(id), this.#key)
  }
}
