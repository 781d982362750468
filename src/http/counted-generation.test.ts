import { expect, test } from 'bun:test'
import { abortedEnd } from '../core/aborted-end.ts'
import type { GenerationEvent } from '../core/generation.ts'
import { CountedGeneration } from './counted-generation.ts'

const text: GenerationEvent = { type: 'text-delta', text: 'a' }

/** Tells pieces until it is aborted, and then its end, or an error. */
function start({ fails = false } = {}) {
  const leaving = new AbortController()
  const heard: string[] = []
  const aborted = new Promise((resolve) => leaving.signal.addEventListener('abort', resolve))
  let isClosed = false
  async function* source(): AsyncGenerator<GenerationEvent> {
    try {
      yield text
      await aborted
      yield text
      if (fails) throw new Error('it died')
      yield abortedEnd(7)
    } finally {
      isClosed = true
    }
  }
  const generation = new CountedGeneration({
    source: source(),
    signal: leaving.signal,
    note: ({ type }) => heard.push(type),
    end: ({ usage }) => heard.push(`end of ${usage.promptTokens}`),
  })
  return { generation, heard, leave: () => leaving.abort(), isClosed: () => isClosed }
}

test('a generation that was aborted is heard to its end after its reader has left', async () => {
  const { generation, heard, leave, isClosed } = start()
  await generation.next()
  leave()
  expect(await generation.return()).toEqual({ done: true, value: undefined })
  expect(heard).toEqual(['text-delta', 'text-delta', 'end of 7'])
  expect(isClosed()).toBe(true)
})

test('a reader that leaves while it waits gets nothing more, and the end is heard once', async () => {
  const { generation, heard, leave } = start()
  await generation.next()
  const waiting = generation.next()
  leave()
  await generation.return()
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(heard).toEqual(['text-delta', 'text-delta', 'end of 7'])
  expect(await generation.next()).toEqual({ done: true, value: undefined })
})

test('one that dies after its reader has left fails nobody', async () => {
  const { generation, heard, leave, isClosed } = start({ fails: true })
  await generation.next()
  leave()
  await generation.return()
  expect(heard).toEqual(['text-delta', 'text-delta'])
  expect(isClosed()).toBe(true)
})

test('one that was never begun is left without being begun', async () => {
  const { generation, heard, leave } = start()
  leave()
  await generation.return()
  expect(heard).toEqual([])
})
