/** A value that JSON can carry, as an object. The store never looks into it. */
export type Json = Readonly<Record<string, unknown>>

/** A piece of a conversation, in the spelling of the API that it came by. */
export interface StoredItem {
  /** Unique within its response. */
  readonly id: string
  readonly body: Json
}

/**
 * `running`: a server is working on it. `done`: whatever came of it stands in `body`. `lost`: it was running, and the
 * server that did that is gone.
 */
export type StoredState = 'running' | 'done' | 'lost'

/** An answer and what it answers. */
export interface StoredResponse {
  readonly id: string
  /** The response that this one continues. */
  readonly previousId?: string
  /** Seconds since 1970. */
  readonly createdSeconds: number
  readonly isBackground: boolean
  /** The API key that it was asked for with. Absent: none was asked for then, and it is everybody's. */
  readonly keyId?: string
  /** The answer without its output. */
  readonly body: Json
  readonly output: readonly StoredItem[]
}

/** A response that a provider keeps, under its own id. */
export interface ResponseElsewhere {
  readonly provider: string
  readonly id: string
}

export interface ItemPage {
  readonly order: 'ascending' | 'descending'
  /** At least 1. */
  readonly limit: number
  /** The id of the last item of the page before this one. */
  readonly after?: string
}

/**
 * Keeps responses. Every method throws `store_unavailable` when the file cannot be used; nothing is opened before the
 * first call, and a file that could not be opened is tried again at the next one.
 */
export interface ResponseStore extends KeptResponses, Disposable {
  /** Removes some of what is too old or too much; a short piece of work. Answers whether there is more to do. Makes no file. */
  tidy(): boolean
}

/** What requests do with kept responses. Every method throws as the store does. */
export interface KeptResponses {
  /** Throws when nothing could be kept now, so that it is said before work is done. */
  check(): void
  /** Keeps a new response with what it answers. */
  add(response: StoredResponse, input: readonly StoredItem[], state: 'running' | 'done'): void
  /** Writes a new body and output. Answers false when it was deleted meanwhile. */
  update(response: Pick<StoredResponse, 'id' | 'body' | 'output'>, state: 'running' | 'done'): boolean
  get(id: string): (StoredResponse & { readonly state: StoredState }) | undefined
  /** Answers whether it was there. Its items and events go with it. */
  delete(id: string): boolean
  /**
   * What a response that continues this one continues: input and output of it and of all before it, oldest first.
   * Throws `previous_response_not_found` (`param`) with the id of the one that is missing.
   */
  conversation(id: string, param: string): readonly StoredItem[]
  /** The items that went into the response, those of all that it continues included. Undefined: no such `after`. */
  inputItems(
    id: string,
    page: ItemPage,
  ): { readonly items: readonly StoredItem[]; readonly hasMore: boolean } | undefined
  /** The key of a response. Undefined where it is everybody's, or is not there. */
  keyOf(id: string): string | undefined
  /** The newest item of this id, of any response; with a key, of those that are its own or everybody's. */
  item(id: string, keyId?: string): StoredItem | undefined
  /** Keeps what was told while the response was made, as text. */
  keepEvents(id: string, events: string): void
  events(id: string): string | undefined
  /** Remembers the key that a response elsewhere was asked for with, for as long as responses are kept; without a key nothing. */
  claim(elsewhere: ResponseElsewhere, keyId?: string): void
  /** Whether a response elsewhere was asked for with that key. Without a key it is everybody's. */
  isOwn(elsewhere: ResponseElsewhere, keyId?: string): boolean
}
