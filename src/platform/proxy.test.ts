import { expect, test } from 'bun:test'
import { proxyFor } from './proxy.ts'

const of = (url: string, environment: Record<string, string>) => proxyFor(new URL(url), environment)

test('takes the proxy of the scheme, in lower case first, and adds the scheme that people leave out', () => {
  expect(of('https://a.example/x', { HTTPS_PROXY: 'http://p:1' })).toBe('http://p:1')
  expect(of('https://a.example/x', { https_proxy: 'p:2', HTTPS_PROXY: 'http://p:1' })).toBe('http://p:2')
  expect(of('http://a.example/x', { HTTPS_PROXY: 'http://p:1' })).toBeUndefined()
  expect(of('http://a.example/x', { HTTP_PROXY: 'http://p:3' })).toBe('http://p:3')
  expect(of('http://a.example/x', { ALL_PROXY: 'http://p:4' })).toBe('http://p:4')
  expect(of('https://a.example/x', { HTTPS_PROXY: '' })).toBeUndefined()
})

test('leaves out the hosts of NO_PROXY and this machine', () => {
  const proxied = { HTTPS_PROXY: 'http://p:1', HTTP_PROXY: 'http://p:1' }
  const excludes = (url: string, list: string) => of(url, { ...proxied, NO_PROXY: list }) === undefined
  expect(excludes('https://a.example/x', 'b.example, a.example')).toBe(true)
  expect(excludes('https://sub.a.example/x', '.a.example')).toBe(true)
  expect(excludes('https://sub.a.example/x', '*.A.EXAMPLE')).toBe(true)
  expect(excludes('https://nota.example/x', 'a.example')).toBe(false)
  expect(excludes('https://a.example/x', 'a.example:443')).toBe(true)
  expect(excludes('https://a.example:8443/x', 'a.example:443')).toBe(false)
  expect(excludes('https://[fd00::5]/x', 'fd00::5')).toBe(true)
  expect(excludes('https://[fd00::5]/x', '[FD00::5]')).toBe(true)
  expect(excludes('https://[fd00::5]:8443/x', '[fd00::5]:8443')).toBe(true)
  expect(excludes('https://[fd00::5]:8443/x', '[fd00::5]:443')).toBe(false)
  expect(excludes('https://[fd00::6]/x', 'fd00::5')).toBe(false)
  expect(excludes('http://10.1.2.3:8000/x', '192.168.0.0/16,10.0.0.0/8')).toBe(true)
  expect(excludes('http://11.1.2.3:8000/x', '192.168.0.0/16,10.0.0.0/8')).toBe(false)
  expect(excludes('https://[fd00::5]:8443/x', 'fd00::/8')).toBe(true)
  expect(excludes('https://[fe00::5]/x', '[fd00::]/8')).toBe(false)
  expect(excludes('https://a.example/x', '0.0.0.0/0')).toBe(false)
  for (const nonsense of ['10.0.0.0/33', '10.0.0.0/', '10.0.0/8', '/8', '10.0.0.0/8/8x', '10.0.0.0/-1'])
    expect(excludes('http://11.0.0.1/x', nonsense)).toBe(false)
  expect(excludes('https://a.example/x', '*')).toBe(true)
  expect(excludes('https://a.example/x', '')).toBe(false)
  expect(of('http://127.0.0.1:80/x', proxied)).toBeUndefined()
  expect(of('http://localhost/x', proxied)).toBeUndefined()
})
