import type { Scope } from '../core/access.ts'
import type { KeyUsage, UsageQuestion } from './key-usage.ts'

/** What one key may use. 0: any number. Absent: what the configuration says, and by the day any number. */
export interface KeyLimits {
  readonly requestsPerMinute?: number
  /** Read and written, as all that follow. */
  readonly tokensPerMinute?: number
  /** Of UTC. */
  readonly tokensPerDay?: number
}

/** New limits of a key; null: what the configuration says again. What is absent stays as it is. */
export type KeyLimitChange = { readonly [Name in keyof KeyLimits]: number | null }

/** What is known of an API key. The key itself is known to nobody but its holder. */
export interface ApiKey {
  /** May be logged and shown. */
  readonly id: string
  /** Unique among those that are not revoked. */
  readonly name: string
  /** The first characters of the key, by which its holder knows it again. */
  readonly start: string
  readonly scopes: readonly Scope[]
  /** Ids and aliases of the models that it may use. Absent: all. */
  readonly models?: readonly string[]
  readonly limits?: KeyLimits
  /** Seconds since 1970, as all that follow. When it was made, or was rotated last. */
  readonly createdSeconds: number
  /** From then on it is refused. Absent: never. */
  readonly expiresSeconds?: number
  /** To the minute. Absent: not used yet. */
  readonly lastUsedSeconds?: number
  readonly revokedSeconds?: number
}

/** What a new key is to be. */
export interface ApiKeyWish extends Pick<ApiKey, 'scopes' | 'models' | 'limits' | 'expiresSeconds'> {
  /** Absent: its id. */
  readonly name?: string
}

/** A key and what its holder has to send: the only time that it can be read. */
export interface MadeKey {
  readonly key: ApiKey
  readonly secret: string
}

/** All keys by their digests, as they are in a file now. */
export interface KeysByDigest {
  /** The same for as long as nothing was changed. */
  readonly version: string
  /** The same for as long as the file is the same. Absent: there is no file. */
  readonly file?: number
  readonly keys: ReadonlyMap<string, ApiKey>
}

/**
 * Keeps keys, of which only digests are in the file. Every method throws `keys_unavailable` when the file cannot be used;
 * only `create` makes one. Those that take a name take an id too, and throw `key_not_found`; of several of a name the one
 * that is not revoked is meant, and of revoked ones the newest.
 */
export interface ApiKeyStore extends Disposable {
  /** Oldest first. */
  list(): readonly ApiKey[]
  /** Throws `key_name_taken`. */
  create(wish: ApiKeyWish): MadeKey
  /** Refuses the key from now on. One that was revoked before stays as it is. */
  revoke(name: string): ApiKey
  /**
   * Gives the key a new secret and takes the old one away at once; a key that is to expire lives as long again as it was
   * made for. Throws `key_is_revoked`.
   */
  rotate(name: string): MadeKey
  /** Servers go by the new limits within a second. Throws `key_is_revoked`. */
  limit(name: string, change: KeyLimitChange): ApiKey
  /** Forgets the key and what it has used, whatever its state. */
  remove(name: string): ApiKey
  /** What is in the file now, or what was given before if nothing was changed since: that is quick. */
  read(before?: KeysByDigest): KeysByDigest
  /** Whether the file may hold keys, as far as its bytes tell where it cannot be used; yes unless it is sure. Never throws. */
  mayHoldKeys(): boolean
  /** Notes that a key was used. It is written soon, at most once a minute for each key, and never thrown. */
  noteUse(id: string): void
  /** Adds to what was used on these days, and forgets the days before `oldest`. Makes the file where there is none. */
  addUsage(usage: readonly KeyUsage[], oldest: string): void
  /** What keys have used, the newest day first; also keys that nobody made here, such as those of ALLOWED_API_KEYS. */
  usage(question: UsageQuestion): readonly KeyUsage[]
}
