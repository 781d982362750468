import { ServerError } from '../core/errors.ts'
import type { ApiKey, ApiKeyStore, KeysByDigest } from './api-keys.ts'
import { digestOf, isMistyped } from './key-secret.ts'

/** What is known of a text that somebody sent as a key. */
export type KeyFinding =
  | { readonly state: 'valid'; readonly key: ApiKey }
  | { readonly state: 'expired' | 'revoked'; readonly key: ApiKey }
  | { readonly state: 'unknown' | 'mistyped' }

/**
 * Tells who may come in. Both methods throw `keys_unavailable` where that cannot be known. Disposing of it closes the store,
 * which writes down when keys were used last.
 */
export interface KeyRing extends Disposable {
  /** Whether requests have to bring a key now. */
  isAsked(): boolean
  /** Why the kept keys cannot be known now; also where none is asked for all the same. */
  readonly problem: ServerError | undefined
  /** Takes the same time for every text that is no valid key, as nearly as matters. */
  find(secret: string): KeyFinding
}

export interface KeyRingOptions {
  readonly store: ApiKeyStore
  /** Keys that whoever started the server gave it, as they are sent. They may do everything. Read each time: another list has other keys. */
  readonly given: readonly string[]
  /** Whether keys are asked for although none is given: the file is named that they are to stand in. Absent: they are not. */
  readonly hasFileOfGiven?: boolean
  /** auto: as soon as there is a key, also one that is valid no more. */
  readonly isRequired: 'auto' | 'always' | 'never'
  /** Whether the server listens for other machines. */
  readonly isForOthers: boolean
  /** Asks for a key whatever else is said, also once the last one is gone: nobody has said that others may come in without. */
  readonly neverOpens?: boolean
  /** Milliseconds since 1970. */
  now(): number
}

/** For so long the file is believed to be as it was. */
const beliefMilliseconds = 500

/** Makes the ring. Keys that are made and revoked by others show within half a second. */
export const createKeyRing = (options: KeyRingOptions): KeyRing => new CachedKeyRing(options)

class CachedKeyRing implements KeyRing {
  readonly #options: KeyRingOptions
  #given: { readonly list: readonly string[]; readonly keys: ReadonlyMap<string, ApiKey> } | undefined
  /** The number of a key stays its own for as long as the server runs: use and limits are counted by it. */
  readonly #numbers = new Map<string, number>()
  #known: KeysByDigest | undefined
  #problem: ServerError | undefined
  #readAt = Number.NEGATIVE_INFINITY
  /** The file that had keys: whoever removes it does not open the door. */
  #lastFile: number | undefined

  constructor(options: KeyRingOptions) {
    this.#options = options
  }

  #givenKeys(): ReadonlyMap<string, ApiKey> {
    const { given: list } = this.#options
    if (this.#given?.list !== list) this.#given = { list, keys: new Map(list.map((key) => this.#givenKey(key))) }
    return this.#given.keys
  }

  /** Each has an id of its own, so that each has a fair share. */
  #givenKey(secret: string): [string, ApiKey] {
    const digest = digestOf(secret)
    const number = this.#numbers.get(digest) ?? this.#numbers.size + 1
    this.#numbers.set(digest, number)
    const id = `given-${number}`
    return [digest, { id, name: id, start: '', scopes: ['admin'], createdSeconds: 0 }]
  }

  isAsked(): boolean {
    const { isRequired, neverOpens = false } = this.#options
    if (neverOpens) return true
    if (isRequired !== 'auto') return isRequired === 'always'
    if (this.#options.hasFileOfGiven || this.#givenKeys().size > 0) return true
    this.#readIfOld()
    if (this.#problem && this.#wasNeverAsked()) return false
    const { keys, file } = this.#read()
    return keys.size > 0 || (this.#lastFile !== undefined && this.#lastFile !== file)
  }

  find(secret: string): KeyFinding {
    const digest = digestOf(secret)
    // What is compared are places in a table of digests: how long that takes says nothing of a secret.
    const given = this.#givenKeys().get(digest)
    if (given) return { state: 'valid', key: given }
    const key = this.#read().keys.get(digest)
    if (!key) return { state: isMistyped(secret) ? 'mistyped' : 'unknown' }
    if (key.revokedSeconds !== undefined) return { state: 'revoked', key }
    if (key.expiresSeconds !== undefined && this.#options.now() >= key.expiresSeconds * 1000)
      return { state: 'expired', key }
    this.#options.store.noteUse(key.id)
    return { state: 'valid', key }
  }

  [Symbol.dispose](): void {
    this.#options.store[Symbol.dispose]()
  }

  get problem(): ServerError | undefined {
    return this.#problem
  }

  /**
   * Of a file that cannot be used: whether there is no sign that it ever had keys. A server for others has to have seen
   * itself that there were none.
   */
  #wasNeverAsked(): boolean {
    const { store, isForOthers } = this.#options
    if (this.#lastFile !== undefined || (isForOthers && !this.#known)) return false
    return !store.mayHoldKeys()
  }

  #read(): KeysByDigest {
    this.#readIfOld()
    if (this.#problem) throw this.#problem
    return this.#known ?? { version: 'none', keys: new Map() }
  }

  #readIfOld(): void {
    const now = this.#options.now()
    // A clock that was set back is no reason to believe for longer.
    if (Math.abs(now - this.#readAt) >= beliefMilliseconds) this.#readAnew(now)
  }

  #readAnew(now: number): void {
    this.#readAt = now
    this.#problem = undefined
    try {
      this.#known = this.#options.store.read(this.#known)
      if (this.#known.keys.size > 0) this.#lastFile = this.#known.file
    } catch (error) {
      this.#problem = error instanceof ServerError ? error : new ServerError('keys_unavailable', {}, { cause: error })
    }
  }
}
