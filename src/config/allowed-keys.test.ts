import { expect, test } from 'bun:test'
import { readAllowedKeys, readKeyLines } from './allowed-keys.ts'
import { makeEnvironment } from './environment.ts'
import { loadConfig } from './load.ts'

test('keys come with commas or as a JSON list, and an empty text has none', () => {
  for (const text of ['a,b', ' a , b,', '["a","b"]', ' ["a", "b", "a"]\n'])
    expect(readAllowedKeys(text)).toEqual({ keys: ['a', 'b'] })
  for (const text of ['', '  ', ',', '[]', '[""]']) expect(readAllowedKeys(text)).toEqual({ keys: [] })
})

test('what cannot be understood is told without a word of it, and no server starts with it', () => {
  for (const text of ['["secret"', '[1]', '["secret", null]', 'secret one,two', 'sécret']) {
    const { keys, problem } = readAllowedKeys(text)
    expect(keys).toEqual([])
    expect(problem).toMatch(/^(expected|key \d)/)
    expect(problem).not.toMatch(/secret|sécret/)
    const facts = { platform: 'linux', home: '/home/me', currentFolder: '/' }
    const environment = makeEnvironment({ variables: { ALLOWED_API_KEYS: text }, ...facts })
    const { problems } = loadConfig({ flags: {}, environment })
    expect(problems.map(({ path }) => path)).toEqual(['ALLOWED_API_KEYS'])
  }
})

test('a file has a key a line, and comments', () => {
  const text = '\uFEFF# of the team\r\n\r\nfirst  # laptop\r\n\tsec#ond\nfirst\n#gone\n  # gone too'
  expect(readKeyLines(text)).toEqual({ keys: ['first', 'sec#ond'] })
  for (const nothing of ['', '\n\n', '# nothing']) expect(readKeyLines(nothing)).toEqual({ keys: [] })
})

test('what looks like another form is told by its line, without a word of it', () => {
  for (const line of ['secret,other', '["secret"]', '"secret"', 'secret other', 'sécret', 'secret\0']) {
    const reading = readKeyLines(`good\n\n${line}\n`)
    expect(reading).toEqual({ problem: expect.stringMatching(/^line 3 has /) })
    expect(JSON.stringify(reading)).not.toMatch(/secret|sécret|good/)
  }
})
