import { expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeEnvironment } from './environment.ts'
import { findFile } from './find-file.ts'

/** A folder with a program and a file of its own; gone at the end of the scope. */
function place(variables: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-find-'))
  const programFolder = join(folder, 'program')
  mkdirSync(programFolder)
  return {
    programFolder,
    environment: makeEnvironment({ variables, platform: process.platform, home: folder, currentFolder: folder }),
    write: (file: string, text: string | Uint8Array) => writeFileSync(join(folder, file), text),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

test('the flag goes over the variable, the variable over the file beside the program, and there may be none', () => {
  using here = place({ HEARTH_CONFIG: 'variable.yaml' })
  const { environment, programFolder } = here
  for (const name of ['flag.yaml', 'variable.yaml', 'program/config.yaml']) here.write(name, name)
  expect(findFile({ flag: 'flag.yaml', environment, programFolder }).file?.text).toBe('flag.yaml')
  expect(findFile({ environment, programFolder }).file?.text).toBe('variable.yaml')
  using plain = place()
  expect(findFile({ environment: plain.environment, programFolder: plain.programFolder })).toEqual({})
  plain.write('program/config.yaml', 'beside')
  expect(findFile({ environment: plain.environment, programFolder: plain.programFolder }).file?.text).toBe('beside')
})

test('a file that is named and missing, a folder, and bytes that are no text are problems', () => {
  using here = place()
  const { environment, programFolder } = here
  here.write('bytes.yaml', new Uint8Array([0x70, 0xff, 0xfe]))
  const messageFor = (flag: string) => findFile({ flag, environment, programFolder }).problem?.message
  expect(messageFor('missing.yaml')).toEndWith('missing.yaml cannot be read: it does not exist')
  expect(messageFor('program')).toEndWith('cannot be read: it is a folder')
  expect(messageFor('bytes.yaml')).toEndWith('cannot be read: it is not UTF-8 text')
  expect(messageFor('')).toBe('found nothing, expected the path of a file')
})

test('a file beside the program that is there and cannot be read is a problem too', () => {
  using here = place()
  mkdirSync(join(here.programFolder, 'config.yaml'))
  expect(findFile({ environment: here.environment, programFolder: here.programFolder }).problem?.path).toBe(
    'config.yaml',
  )
})
