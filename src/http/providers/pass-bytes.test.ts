import { expect, test } from 'bun:test'
import type { Exchange } from '../exchange.ts'
import { passBytes } from './pass-bytes.ts'

/** What `passBytes` needs of an exchange, and what it has told it. */
function fakeExchange() {
  const leaving = new AbortController()
  const told: { status: number; bytes: number }[] = []
  const exchange = {
    signal: leaving.signal,
    get hasLeft() {
      return leaving.signal.aborted
    },
    leave: (reason: unknown) => leaving.abort(reason),
    note: () => {},
    finish: (result: { status: number; bytes: number }) => told.push(result),
  } as unknown as Exchange
  return { exchange, leaving, told }
}

for (const moment of ['before the answer is there', 'before anything was read'] as const)
  test(`a client that leaves ${moment} ends the answer, and what it costs is told`, async () => {
    const { exchange, leaving, told } = fakeExchange()
    const ended = Promise.withResolvers<void>()
    async function* chunks() {
      try {
        yield new Uint8Array(1)
      } finally {
        ended.resolve()
      }
    }
    if (moment === 'before the answer is there') leaving.abort()
    passBytes({ chunks: chunks(), exchange, status: 200, patienceMilliseconds: 60_000 })
    leaving.abort()
    await ended.promise
    expect(told[0]).toEqual({ status: 499, bytes: 0 })
  })
