import { expect, test } from 'bun:test'
import { ProxyProblem, readProxy, TrustedProxies } from './trusted-proxies.ts'

test('without proxies the client is who sent the request, whatever it says', () => {
  const none = new TrustedProxies([])
  expect(none.clientOf('203.0.113.9', '198.51.100.1')).toBe('203.0.113.9')
  expect(none.clientOf(undefined, '198.51.100.1')).toBeUndefined()
})

test('who comes by IPv4 has the same name at a socket of IPv6', () => {
  for (const proxies of [new TrustedProxies([]), new TrustedProxies(['127.0.0.1'])]) {
    expect(proxies.clientOf('::ffff:203.0.113.9', null)).toBe('203.0.113.9')
    expect(proxies.clientOf('::ffff:203.0.113.9', '198.51.100.1')).toBe('203.0.113.9')
  }
  expect(new TrustedProxies(['127.0.0.1']).clientOf('::ffff:127.0.0.1', 'unknown')).toBe('127.0.0.1')
  expect(new TrustedProxies([]).clientOf('fe80::1%eth0', null)).toBe('fe80::1%eth0')
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
