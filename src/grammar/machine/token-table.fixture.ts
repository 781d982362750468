import type { TokenTable } from '../constraint.ts'

/** One token of a small table: a text, bytes, the name of a control token, or one that ends the turn. */
export type SmallToken = string | readonly number[] | { readonly special: string; readonly isEnd?: boolean } | 'END'

const encoder = new TextEncoder()

/** Tokens have the ids of their places in the list. `'END'` is an end without a name. */
export function smallTable(tokens: readonly SmallToken[]): TokenTable {
  return {
    size: tokens.length,
    bytes: (token) => bytesOf(tokens[token] ?? ''),
    specialText: (token) => {
      const own = tokens[token]
      return typeof own === 'object' && 'special' in own ? own.special : undefined
    },
    isEnd: (token) => {
      const own = tokens[token]
      return own === 'END' || (typeof own === 'object' && 'special' in own && own.isEnd === true)
    },
  }
}

/** A table of all single bytes, with an end as token 256 and more tokens behind it. */
export function byteTable(more: readonly SmallToken[] = []): TokenTable {
  return smallTable([...Array.from({ length: 256 }, (_, byte) => [byte]), 'END', ...more])
}

/** The token that ends the turn in a `byteTable`. */
export const endToken = 256

function bytesOf(token: SmallToken): Uint8Array {
  if (token === 'END') return new Uint8Array()
  if (typeof token === 'string') return encoder.encode(token)
  return 'special' in token ? new Uint8Array() : Uint8Array.from(token)
}
