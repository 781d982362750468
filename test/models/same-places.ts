import { expect } from 'bun:test'

/** A token of an answer with the logarithm of its chance, and the likeliest ones in its place. */
export interface Place<Token> {
  readonly token: Token
  readonly logprob: number
  readonly top: readonly { readonly token: Token; readonly logprob: number }[]
}

/** Of a logarithm of a chance. One token that is missing or in another place makes more than 1. */
const tolerance = 0.4

/**
 * The same tokens with the same chances. How tokens are grouped into batches shows in the last digits, and depends on when
 * requests come; so where two tokens are nearly as likely the answers may part there.
 */
export function expectSamePlaces<Token>(found: readonly Place<Token>[], expected: readonly Place<Token>[]): void {
  expect(found.length).toBeGreaterThan(0)
  for (const [index, { token, logprob }] of expected.entries()) {
    const same = found[index]?.top.find((other) => other.token === token)
    expect(Math.abs((same?.logprob ?? -100) - logprob)).toBeLessThan(tolerance)
    if (found[index]?.token !== token) return
  }
}
