import { expect, test } from 'bun:test'
import { faultOf } from './check-runtime.ts'
import type { ElfLibrary, ElfSymbol } from './read-elf.ts'

const symbol = (name: string, version: string): ElfSymbol => ({ name, version, isDefault: true, type: 2, bytes: 8 })

const library = (versions: readonly string[], symbols: readonly ElfSymbol[]): ElfLibrary => ({
  machine: 62,
  definitions: [{ name: 'GLIBCXX_3.4', parents: [] }],
  requirements: [{ library: 'libc.so.6', versions }],
  symbols,
})

const original = library(['GLIBC_2.36'], [symbol('today', 'GLIBCXX_3.4.30'), symbol('ancient', 'GLIBCXX_3.4.9')])

test('a library that wants no newer glibc and lacks only what is ancient may go into an executable', () => {
  expect(faultOf(original, library(['GLIBC_2.2.5', 'GLIBC_2.34'], [symbol('today', 'GLIBCXX_3.4.30')]))).toBeUndefined()
})

test('one that wants a newer glibc may not', () => {
  const made = library(['GLIBC_2.4', 'GLIBC_2.38'], original.symbols)
  expect(faultOf(original, made)).toBe('it wants GLIBC_2.38, and no more than GLIBC_2.34 is allowed')
})

test.each(['GLIBCXX_3.4.30', 'CXXABI_1.3'])('one that lacks a symbol of %s may not', (version) => {
  const whole = library([], [...original.symbols, symbol('wanted', version)])
  expect(faultOf(whole, library([], original.symbols))).toBe(`it lacks 1 symbols, such as wanted@${version}`)
})

test('one that defines other versions may not', () => {
  expect(faultOf(original, { ...library([], original.symbols), definitions: [] })).toContain('other versions')
})
