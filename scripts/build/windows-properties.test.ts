import { expect, test } from 'bun:test'
import { NtExecutable, NtExecutableResource, Resource } from 'resedit'
import { withProperties } from './windows-properties.ts'

const language = { lang: 1033, codepage: 1200 }

/** An empty program with the properties of its maker. */
function program(): Buffer {
  const made = NtExecutable.createEmpty()
  const resources = NtExecutableResource.from(made)
  const info = Resource.VersionInfo.createEmpty()
  info.setFileVersion(1, 4, 5, 0, language.lang)
  info.setStringValues(language, { CompanyName: 'Maker', FileDescription: 'Runtime', ProductName: 'Runtime' })
  info.outputToResourceEntries(resources.entries)
  resources.outputResource(made)
  return Buffer.from(made.generate())
}

const hearth = { name: 'Hearth', description: 'Serves models', version: '1.2.3-rc.1', fileName: 'hearth.exe' }

test('a program for Windows says what it is, and nothing of who made its runtime', () => {
  const changed = withProperties(program(), hearth)
  const [info] = Resource.VersionInfo.fromEntries(NtExecutableResource.from(NtExecutable.from(changed)).entries)
  expect(info?.getStringValues(language)).toEqual({
    FileDescription: 'Serves models',
    FileVersion: '1.2.3-rc.1',
    InternalName: 'hearth',
    OriginalFilename: 'hearth.exe',
    ProductName: 'Hearth',
    ProductVersion: '1.2.3-rc.1',
  })
  expect(info?.fixedInfo).toMatchObject({ fileVersionMS: (1 << 16) + 2, fileVersionLS: 3 << 16 })
  for (const word of ['Maker', 'Runtime']) expect(changed.includes(Buffer.from(word, 'utf16le'))).toBe(false)
})

test('what is no program for Windows, or has no properties, is refused', () => {
  expect(() => withProperties(Buffer.from('\x7fELF'.padEnd(1024)), hearth)).toThrow()
  expect(() => withProperties(Buffer.from(NtExecutable.createEmpty().generate()), hearth)).toThrow('no properties')
})
