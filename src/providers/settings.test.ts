import { expect, test } from 'bun:test'
import { settingsOf, usualTimeouts } from './settings.ts'

const of = (name: string, more: Partial<Parameters<typeof settingsOf>[0]> = {}) =>
  settingsOf({ name, isConfigured: false, ...more })

test('what nobody said, the preset says', () => {
  expect(of('ollama')).toMatchObject({
    addresses: ['http://127.0.0.1:11434/v1'],
    key: { type: 'none' },
    isListed: false,
    timeouts: usualTimeouts,
    retries: 2,
    balance: 'least-busy',
  })
  expect(of('cerebras')).toMatchObject({
    addresses: ['https://api.cerebras.ai/v1'],
    key: { type: 'unset', variable: 'CEREBRAS_API_KEY' },
  })
  expect(of('custom')).toMatchObject({ addresses: [], key: { type: 'none' } })
  expect(of('ollama').abilities).not.toContain('moderations')
})

test('is listed where somebody set it up and did not hide it', () => {
  expect(of('ollama', { isConfigured: true }).isListed).toBe(true)
  expect(of('ollama', { isConfigured: true, isListed: false }).isListed).toBe(false)
  expect(of('ollama', { isListed: true }).isListed).toBe(false)
})

test('addresses of Ollama and Cerebras get the path that their own clients add', () => {
  const addresses = ['http://gpu:11434', 'http://gpu:11434/', 'http://other:1/v1/']
  expect(of('ollama', { addresses }).addresses).toEqual(['http://gpu:11434/v1', 'http://other:1/v1'])
  expect(of('cerebras', { addresses: ['https://api.cerebras.ai'] }).addresses).toEqual(['https://api.cerebras.ai/v1'])
  expect(of('custom', { addresses: ['https://api.example.com'] }).addresses).toEqual(['https://api.example.com'])
})

test('addresses that carry a password, or are none, are not used', () => {
  expect(of('custom', { addresses: ['http://a:b@host/v1', 'nonsense', 'http://good/v1'] }).addresses).toEqual([
    'http://good/v1',
  ])
})

test('is looked at where it has several addresses, or somebody wants it', () => {
  expect(of('custom', { addresses: ['http://a/v1'] }).health).toBeUndefined()
  expect(of('custom', { addresses: ['http://a/v1', 'http://b/v1'] }).health).toEqual({ path: 'models', seconds: 30 })
  expect(of('custom', { addresses: ['http://a/v1'], healthPath: '/health' }).health).toEqual({
    path: 'health',
    seconds: 30,
  })
})
