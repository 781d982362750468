import { expect, test } from 'bun:test'
import { ProxyProblem, readProxy, TrustedProxies } from './trusted-proxies.ts'

test('without proxies the client is who sent the request, whatever it says', () => {
  const none = new TrustedProxies([])
  expect(none.clientOf('203.0.113.9', '198.51.100.1')).toBe('203.0.113.9')
  expect(none.clientOf(undefined, '198.51.100.1')).toBeUndefined()
})

test('a trusted proxy names the client, and what stands before somebody who is not trusted is made up', () => {
  const proxies = new TrustedProxies(['127.0.0.1', '10.0.0.0/8', '2001:db8::/32', 'unix'])
  for (const [peer, said, client] of [
    ['127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['127.0.0.1', '6.6.6.6, 198.51.100.1', '198.51.100.1'],
    ['127.0.0.1', '198.51.100.1, 10.1.2.3', '198.51.100.1'],
    ['::ffff:10.1.2.3', '198.51.100.1:4711', '198.51.100.1'],
    ['2001:db8::1', '[2001:db9::1]:80', '2001:db9::1'],
    ['127.0.0.1', '10.1.1.1', '10.1.1.1'],
    ['127.0.0.1', 'a\nb', '127.0.0.1'],
    ['127.0.0.1', '198.51.100.1, unknown', '127.0.0.1'],
    ['127.0.0.1', null, '127.0.0.1'],
    ['203.0.113.9', '198.51.100.1', '203.0.113.9'],
    [undefined, '198.51.100.1', '198.51.100.1'],
  ] as const)
    expect([peer, said, proxies.clientOf(peer, said)]).toEqual([peer, said, client])
})

test('what is no address is refused with what to write', () => {
  for (const entry of ['10.0.0.5', '10.0.0.0/8', '::1', 'fd00::/8', 'unix'])
    expect(() => readProxy(entry)).not.toThrow()
  for (const entry of ['', 'proxy.lan', '10.0.0.0/33', '10.0.0.0/x', '10.0.0/8', '::1/129', '10.0.0.0/8/8'])
    expect(() => readProxy(entry)).toThrow(ProxyProblem)
})
