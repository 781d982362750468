import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { projectFolder } from '../../scripts/project-folder.ts'
import { expectLikeness, sentences } from '../expect-answers.ts'
import { run } from '../run.ts'
import { startHearth } from '../start-hearth.ts'
import { pythonWithOpenai } from './python-client.ts'

const script = join(projectFolder, 'test', 'clients', 'openai-python.py')
const python = await pythonWithOpenai()
const reason = python ? '' : ' (skipped: there is no Python 3.9 or newer)'

test.skipIf(!python)(`openai-python lists, chats, streams, embeds and is refused${reason}`, async () => {
  await using server = await startHearth()
  const { code, output } = await run([python ?? '', script, server.url, JSON.stringify(sentences)])
  expect(code, output).toBe(0)
  const result = JSON.parse(output)
  expect(result.models).toEqual(['smollm2-135m-instruct', 'all-minilm-l6-v2'])
  expect(result.whole.trim()).not.toBe('')
  expect(result.streamed).toBe(result.whole)
  expect(result.streamedTokens).toBe(result.wholeTokens)
  expect(result.refusedParam).toBe('model')
  expectLikeness(result.vectors)
})
