import { expect, test } from 'bun:test'
import { patchRuntime, UnknownRuntime, variablesToPatch } from './patch-runtime.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
const names = ['BUN_OPTIONS', 'BUN_INSPECT', 'BUN_INSPECT_PRELOAD']
/** As the names stand in ELF: each with a zero, some in a row of names, and within texts. */
const runtime =
  '\x7fELF\0RES_OPTIONS\0BUN_OPTIONS\0BUN_INSPECT\0xBUN_OPTIONSBUN_INSPECTBUN_INSPECT_PRELOADNODE_CHANNEL_FD\0' +
  'warn: BUN_INSPECT_PRELOAD is absent\0BUN_INSPECT_PRELOAD\0'

test('takes the first letter of each name, and nothing else', () => {
  const bytes = Buffer.from(runtime, 'latin1')
  patchRuntime(bytes, names)
  expect(text(bytes)).toBe(
    '\x7fELF\0RES_OPTIONS\0=UN_OPTIONS\0=UN_INSPECT\0x=UN_OPTIONS=UN_INSPECT=UN_INSPECT_PRELOADNODE_CHANNEL_FD\0' +
      'warn: BUN_INSPECT_PRELOAD is absent\0=UN_INSPECT_PRELOAD\0',
  )
})

test('patches a part of a larger buffer in its place', () => {
  const bytes = Buffer.from(`BUN_OPTIONS\0${runtime}`, 'latin1')
  patchRuntime(new Uint8Array(bytes.buffer, bytes.byteOffset + 12, bytes.byteLength - 12), names)
  expect(text(bytes)).toStartWith('BUN_OPTIONS\0\x7fELF\0RES_OPTIONS\0=UN')
})

test.each([
  ['is not there', runtime.replace('\0BUN_INSPECT\0', '\0BUN_INSPECTOR\0'), 'BUN_INSPECT 0 times'],
  ['is there twice', `${runtime}BUN_OPTIONS\0`, 'BUN_OPTIONS 2 times'],
  ['is there in UTF-16, too', `${runtime}B\0U\0N\0_\0O\0P\0T\0I\0O\0N\0S\0`, 'BUN_OPTIONS 1 times'],
])('refuses a runtime in which a name %s, and leaves it as it is', (_, content, told) => {
  const bytes = Buffer.from(content, 'latin1')
  expect(() => patchRuntime(bytes, names)).toThrow(UnknownRuntime)
  expect(() => patchRuntime(bytes, names)).toThrow(told)
  expect(text(bytes)).toBe(content)
})

test('knows what makes another program of an executable on each system', () => {
  expect(variablesToPatch('linux-x64')).toContain('BUN_BE_BUN')
  expect(variablesToPatch('darwin-x64')).toContain('BUN_INTERNAL_WEBVIEW_HOST')
})
