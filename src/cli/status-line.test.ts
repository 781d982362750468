import { expect, test } from 'bun:test'
import { PassThrough } from 'node:stream'
import { makeEnvironment } from '../config/environment.ts'
import { createStatusLine } from './status-line.ts'

function shown(variables: Record<string, string>, columns?: number) {
  let errors = ''
  const stream = Object.assign(new PassThrough(), { isTTY: true, ...(columns && { columns }) })
  const line = createStatusLine({
    environment: makeEnvironment({ variables, platform: 'linux', home: '/', currentFolder: '/' }),
    streams: { input: stream, output: stream, errors: stream },
    writeError: (text) => {
      errors += text
    },
  })
  line.show('loading a-model-with-a-long-name\n42%')
  line.clear()
  return errors
}

test('it fits on one line, since only that one can be taken away again', () => {
  expect(shown({ NO_COLOR: '1' }, 11)).toBe('\r\u001b[Kloading a-\r\u001b[K')
})

test('a terminal that can do nothing gets nothing', () => {
  expect(shown({ TERM: 'dumb' })).toBe('')
})
