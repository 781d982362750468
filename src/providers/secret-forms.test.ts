import { expect, test } from 'bun:test'
import { withoutSecrets } from './secret-forms.ts'

const key = 'zq9-Planted+Secret/0123456789'
const without = (text: string) => withoutSecrets(text, { key, values: ['team-Planted'] })

test('a key is found as it is, encoded, and in pieces', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const said = [
    `wrong key ${key}!`,
    key.toUpperCase(),
    base64(key),
    base64(`Bearer ${key}`),
    base64(`user:${key}`),
    base64(`{"a":"${key}"}`),
    Buffer.from(`xx${key}`).toString('base64url'),
    Buffer.from(key).toString('hex').toUpperCase(),
    encodeURIComponent(key),
    `${key.slice(0, 12)} and ${key.slice(12)}`,
    'zq9-***********6789',
    'zq9-...6789',
    'zq…',
    'team-planted',
    base64('team-Planted'),
  ]
  const forms = [key, base64(key).slice(0, 20), base64(`Bearer ${key}`).slice(12, 32), 'planted', '6789', 'zq9']
  for (const text of said) {
    const told = without(text)
    expect(`${text}: ${told}`).toContain('(key)')
    for (const form of forms) expect(told.toLowerCase()).not.toContain(form.toLowerCase())
  }
})

test('everything else stays as it is', () => {
  const text = 'The model "zq" … has 9 planters, İstanbul, a team, 😀 and ****stars**** in base64.'
  expect(without(text)).toBe(text)
  expect(withoutSecrets('abc', { key: 'abc', values: ['', 'a'] })).toBe('abc')
  expect(withoutSecrets('x', { values: [] })).toBe('x')
})
