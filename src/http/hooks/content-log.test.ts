import { expect, test } from 'bun:test'
import { createMemoryLog } from '../../../test/fakes/memory-log.ts'
import { ContentLog, longestContent } from './content-log.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

function written(asked: string, answered: readonly string[], headers: Record<string, string> = {}) {
  const log = createMemoryLog()
  const content = new ContentLog(new Headers(headers))
  content.ask(asked)
  for (const piece of answered) content.answer(bytes(piece))
  content.write(log, 'req-1')
  return log.lines.map(({ facts }) => facts)
}

test('what is too long is cut, and how long it was is told', () => {
  const [facts] = written('a'.repeat(longestContent + 5), Array(100).fill('b'.repeat(1000)))
  expect(facts?.asked).toBe(`${'a'.repeat(longestContent)}… [${longestContent + 5} characters]`)
  expect(facts?.answered).toBe(`${'b'.repeat(longestContent)}… [100000 characters]`)
})

test('a key stands in none of it, also where it comes in pieces or where the text is cut', () => {
  const key = 'key-of-the-client'
  const edge = 'x'.repeat(longestContent - 5)
  for (const [asked, answered] of [
    [`{"key": "${key}"}`, [key.slice(0, 4), key.slice(4)]],
    [`${edge}${key}`, [edge, key]],
    [edge, [edge, key.slice(0, 8), key.slice(8)]],
  ] as const) {
    const text = JSON.stringify(written(asked, answered, { authorization: `Bearer ${key}` }))
    expect(text).toContain('[key')
    expect(text).not.toContain(key.slice(0, 5))
  }
})

test('where nothing was asked but by a path there is nothing to write', () => {
  expect(written('', ['{}'])).toEqual([])
})
