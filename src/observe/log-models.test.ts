import { expect, test } from 'bun:test'
import { ServerError } from '../core/errors.ts'
import type { Log } from './log.ts'
import { logModels } from './log-models.ts'

test('a model that cannot be loaded is told with what to do about it', () => {
  const said: unknown[] = []
  const log = { error: (...given: unknown[]) => void said.push(given) } as unknown as Log
  const facts = { problem: 'the disk is full', remedy: 'Make room on the disk.' }
  const error = new ServerError('native_libraries_unusable', facts)
  logModels({ type: 'failed', model: 'smollm2', error, retrySeconds: 1 }, log)
  const more = { model: 'smollm2', code: 'native_libraries_unusable', hint: 'Make room on the disk.', retry_seconds: 1 }
  expect(said).toEqual([['The native libraries cannot be used: the disk is full.', more]])
})
