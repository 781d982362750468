import type { Ability } from '../core/provider.ts'

/** A provider that the program knows: what holds of it unless the configuration says otherwise. */
export interface Preset {
  readonly name: string
  /** What it is, for people: a few words. */
  readonly about: string
  /** Absent: the user has to say it. */
  readonly address?: string
  /** Put behind an address that has no path, since that is how people write the addresses of this provider. */
  readonly usualPath?: string
  /** Whether nothing works without a key. */
  readonly needsKey: boolean
  readonly abilities: readonly Ability[]
  /** Whether it answers streams with their usage (`stream_options.include_usage`). */
  readonly tellsStreamUsage: boolean
  /** Behind the base address: what tells whether it lives. */
  readonly healthPath: string
}
