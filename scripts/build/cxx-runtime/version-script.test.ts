import { expect, test } from 'bun:test'
import type { ElfSymbol } from './read-elf.ts'
import { olderVersions, olderVersionsSource, versionScript } from './version-script.ts'

const symbol = (name: string, version: string, isDefault = true): ElfSymbol => {
  return { name, version, isDefault, type: 2, bytes: 8 }
}

const definitions = [
  { name: 'ONE', parents: [] },
  { name: 'TWO', parents: ['ONE'] },
  { name: 'THREE', parents: ['TWO'] },
]
const symbols = [
  symbol('stays', 'ONE'),
  symbol('moved', 'TWO'),
  symbol('moved', 'ONE', false),
  symbol('only', 'TWO', false),
]

test('each symbol has its newest version, and nothing else is seen', () => {
  expect(versionScript({ definitions, symbols })).toBe(
    ['ONE { global: stays; };', 'TWO { global: moved; only; } ONE;', 'THREE { local: *; } TWO;', ''].join('\n'),
  )
})

test('the rest is not hidden by the group of an older version, which would be hidden with it', () => {
  const script = versionScript({ definitions: definitions.slice(0, 1), symbols: [symbol('stays', 'ONE')] })
  expect(script).toBe('ONE { global: stays; local: *; };\n')
})

test('older versions of a function lead to the newest one', () => {
  const older = olderVersions(symbols)
  expect(older).toEqual([{ name: 'moved', version: 'ONE' }])
  expect(olderVersionsSource(62, older)).toContain('jmp moved@PLT')
  const source = olderVersionsSource(183, older)
  expect(source).toContain('b moved\n')
  expect(source).toContain('.symver older_0, moved@ONE\n')
})
