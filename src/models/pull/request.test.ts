import { afterEach, expect, test } from 'bun:test'
import { request } from './request.ts'

const realFetch = globalThis.fetch
afterEach(() => {
  globalThis.fetch = realFetch
})

/** What comes of a question at the first address, where each answer leads to the next one. */
async function follow(...addresses: readonly string[]): Promise<string> {
  const asked: string[] = []
  globalThis.fetch = (async (url: URL) => {
    asked.push(url.href)
    const location = addresses[asked.length]
    return location ? new Response(null, { status: 302, headers: { location } }) : new Response('bytes')
  }) as unknown as typeof fetch
  const [first = ''] = addresses
  const call = { url: new URL(first), headers: {}, environment: {}, timeoutMilliseconds: 1000 }
  const told = await request({ ...call, signal: new AbortController().signal }).then(
    () => 'answered',
    (error: Error) => error.message,
  )
  expect(asked).toHaveLength(told === 'answered' ? addresses.length : addresses.length - 1)
  return told
}

test('a redirection leads on to where nobody can change what comes', async () => {
  expect(await follow('https://hub.example/x', 'https://cdn.example/y', 'https://cdn2.example/z')).toBe('answered')
  expect(await follow('http://mirror.lan/x', 'http://storage.lan/y')).toBe('answered')
  expect(await follow('http://127.0.0.1:1/x', 'http://localhost:2/y')).toBe('answered')
  for (const [from, to] of [
    ['https://hub.example/x', 'http://hub.example/x'],
    ['http://127.0.0.1:1/x', 'http://192.0.2.1/x'],
    ['http://127.0.0.1:1/x', 'http://169.254.169.254/latest'],
    ['https://hub.example/x', 'ftp://hub.example/x'],
    ['https://hub.example/x', 'file:///etc/passwd'],
  ] as const)
    expect(await follow(from, to)).toContain('redirects to')
})

test('a host of the internet leads nobody to services of this machine, or of its link', async () => {
  for (const inner of [
    'https://127.0.0.1/x',
    'https://localhost:8443/x',
    'https://169.254.169.254/latest',
    'https://[::1]/x',
  ])
    expect(await follow('https://hub.example/x', inner)).toContain('redirects to this machine or its link')
  expect(await follow('http://127.0.0.1:1/x', 'https://169.254.169.254/latest')).toContain('redirects to this machine')
  expect(await follow('http://mirror.lan/x', 'http://169.254.169.254/latest')).toContain('redirects to this machine')
})
