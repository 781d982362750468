import { expect, test } from 'bun:test'
import { PassThrough } from 'node:stream'
import { createLineReader } from './line-reader.ts'

/** A reader, and the keyboard in front of it. */
function terminal() {
  const input = new PassThrough()
  const reader = createLineReader({ input, output: new PassThrough().resume() })
  return { reader, type: (keys: string) => void input.write(keys) }
}

const text = (line: string) => ({ type: 'text' as const, text: line })

test('what is pasted at once is one text, and commands are one a line', async () => {
  const { reader, type } = terminal()
  using _reader = reader
  let asked = reader.ask('> ')
  type('one\rtwo\r')
  expect(await asked).toEqual(text('one\ntwo'))
  asked = reader.ask('> ')
  type('/set x\r/bye\r')
  expect(await asked).toEqual(text('/set x'))
  expect(await reader.ask('> ')).toEqual(text('/bye'))
})

test('Ctrl+C is an answer while something is asked, and otherwise for whoever listens', async () => {
  const { reader, type } = terminal()
  using _reader = reader
  const asked = reader.ask('> ')
  type('\u0003')
  expect(await asked).toEqual({ type: 'interrupt' })
  const interrupted = Promise.withResolvers<void>()
  reader.onInterrupt(() => interrupted.resolve())
  type('\u0003')
  await interrupted.promise
})

test('Ctrl+D ends it, and so does whoever disposes of it', async () => {
  const first = terminal()
  const asked = first.reader.ask('> ')
  first.type('\u0004')
  expect(await asked).toEqual({ type: 'end' })
  const second = terminal()
  const waiting = second.reader.ask('> ')
  second.reader[Symbol.dispose]()
  expect(await waiting).toEqual({ type: 'end' })
})
