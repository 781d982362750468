import { expect, test } from 'bun:test'
import { PassThrough } from 'node:stream'
import { makeEnvironment } from '../../config/environment.ts'
import { createAnswerWriter, verboseLines } from './answer-writer.ts'
import type { AnswerPiece } from './ask-model.ts'

const environment = makeEnvironment({ variables: {}, platform: 'linux', home: '/', currentFolder: '/' })

function written(pieces: readonly AnswerPiece[], isTerminal: boolean, wait?: string) {
  let [output, errors] = ['', '']
  const stream = () => Object.assign(new PassThrough(), isTerminal ? { isTTY: true } : {})
  const writer = createAnswerWriter({
    environment,
    streams: { input: stream(), output: stream(), errors: stream() },
    write: (text) => {
      output += text
    },
    writeError: (text) => {
      errors += text
    },
  })
  if (wait) writer.wait(wait)
  for (const piece of pieces) writer.write(piece)
  writer.end()
  return { output, errors }
}

const thought: readonly AnswerPiece[] = [
  { type: 'thinking', text: 'Hm.' },
  { type: 'text', text: 'Yes' },
  { type: 'text', text: '.' },
]

test('what the model thinks is dimmed for people, and no data', () => {
  expect(written(thought, true).output).toBe('\u001b[2mHm.\u001b[22m\u001b[2m\n\n\u001b[22mYes.\n')
  expect(written(thought, false)).toEqual({ output: 'Yes.\n', errors: '' })
})

test('on a terminal nothing that a model writes moves the cursor; elsewhere the text is as it came', () => {
  const evil: AnswerPiece[] = [{ type: 'text', text: 'a\u001b]52;c;aGk=\u0007b\u009b2Jc\td' }]
  expect(written(evil, true).output).toBe('a]52;c;aGk=b2Jc\td\n')
  expect(written(evil, false).output).toBe('a\u001b]52;c;aGk=\u0007b\u009b2Jc\td\n')
})

test('an answer ends with one line end, and an empty one with none', () => {
  expect(written([{ type: 'text', text: 'x\n' }], false).output).toBe('x\n')
  expect(written([], false).output).toBe('')
})

test('what it waits for is shown on a terminal only, and taken away', () => {
  expect(written([{ type: 'text', text: 'x' }], true, 'loading 42%').errors).toEndWith('\r\u001b[K')
  expect(written([{ type: 'text', text: 'x' }], false, 'loading 42%').errors).toBe('')
})

test('the figures of an answer', () => {
  const counts = { promptTokens: 30, cachedTokens: 10, completionTokens: 11, finishReason: 'stop', model: 'm' }
  const times = {
    firstMilliseconds: 120,
    wholeMilliseconds: 1120,
    promptMilliseconds: 100,
    generationMilliseconds: 1000,
  }
  const lines = verboseLines({ ...counts, ...times }).split('\n')
  expect(lines).toContain('prompt:      30 tokens, 10 of them known already')
  expect(lines).toContain('reading:     200.0 tokens/s')
  expect(lines).toContain('generating:  10.0 tokens/s')
  expect(lines).toContain('first token: 120 ms')
})
