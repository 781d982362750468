import { expect, test } from 'bun:test'
import { identityOf } from './model-file.ts'

test('files whose numbers differ in the last of their 64 bits are two', () => {
  const file = { dev: 3n, ino: 2n ** 60n, size: 7n }
  expect(identityOf({ ...file, ino: file.ino + 1n })).not.toBe(identityOf(file) as string)
  expect(identityOf({ ...file, dev: 4n })).not.toBe(identityOf(file) as string)
  expect(identityOf({ ...file, size: 8n })).not.toBe(identityOf(file) as string)
  expect(identityOf({ ...file })).toBe(identityOf(file) as string)
  expect(identityOf({ ...file, ino: 0n })).toBeUndefined()
})
