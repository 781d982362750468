import { expect, test } from 'bun:test'
import { findIndex, indexInFile } from './find-index.ts'

const find = (given: {
  readonly flag?: string
  readonly variables?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
  readonly help?: string
}) =>
  findIndex({
    flag: given.flag,
    environment: { variables: given.variables ?? {}, home: '/home/ann', platform: 'linux' },
    readText: (path) => given.files?.[path] ?? '',
    runTool: async (program) => (program === 'python3' ? given.help : undefined),
  })

const help = `  -i, --index-url <url>       Base URL of the Python Package Index (default
                              https://index.example/simple). This should point to a
                              repository compliant with PEP 503`

test('the flag goes before variables, they before files, and files before what pip says', async () => {
  const variables = { PIP_INDEX_URL: 'https://variable.example/simple/' }
  const files = { '/home/ann/.config/pip/pip.conf': '[global]\nindex-url = https://file.example/simple\n' }
  const urlOf = async (given: Parameters<typeof find>[0]) => (await find(given))?.url.href
  expect(await urlOf({ flag: 'https://flag.example/simple', variables, files, help })).toBe(
    'https://flag.example/simple/',
  )
  expect(await urlOf({ variables, files, help })).toBe('https://variable.example/simple/')
  expect(await urlOf({ files, help })).toBe('https://file.example/simple/')
  expect(await urlOf({ help })).toBe('https://index.example/simple/')
  expect(await urlOf({})).toBeUndefined()
})

test('an address that is none is told without the password in it', async () => {
  await expect(find({ flag: 'ftp://ann:secret@index.example/' })).rejects.toThrow(
    '--index names an index that is no web address',
  )
  for (const flag of [
    'ftp://ann:secret@index.example/',
    'https://ann:sec/secret@index.example',
    'ann:secret@index.example',
  ])
    await expect(find({ flag })).rejects.not.toThrow('secret')
})

test('of a configuration the section for downloads goes first', () => {
  expect(indexInFile('[global]\nindex-url: https://a.example\n[download]\nindex_url = https://b.example\n')).toBe(
    'https://b.example',
  )
  expect(indexInFile('[install]\nindex-url = https://a.example\n')).toBeUndefined()
  expect(indexInFile('# index-url = https://a.example\n[global]\ntimeout = 60\n')).toBeUndefined()
})
