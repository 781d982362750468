import { expect, test } from 'bun:test'
import { makeEnvironment } from '../../config/environment.ts'
import { serverAddress } from './server-address.ts'

function address(
  flags: Record<string, string>,
  variables: Record<string, string> = {},
  host = '127.0.0.1',
  port = 8080,
) {
  const environment = makeEnvironment({ variables, platform: 'linux', home: '/', currentFolder: '/' })
  return serverAddress({ flags, environment }, { host, port })
}

test('a flag goes over the variable, and both over the configuration', () => {
  const variables = { HEARTH_URL: 'http://b:1' }
  expect(address({ url: 'http://a:2' }, variables)).toEqual({ isNamed: true, url: 'http://a:2' })
  expect(address({}, variables)).toEqual({ isNamed: true, url: 'http://b:1' })
  expect(address({})).toEqual({ isNamed: false, url: 'http://127.0.0.1:8080' })
})

test('"every address" of the configuration is one of this machine, and any free port is nowhere', () => {
  expect(address({}, {}, '0.0.0.0')).toMatchObject({ url: 'http://127.0.0.1:8080' })
  expect(address({}, {}, '::')).toMatchObject({ url: 'http://[::1]:8080' })
  expect(address({}, {}, '::1')).toMatchObject({ url: 'http://[::1]:8080' })
  expect(address({}, {}, '127.0.0.1', 0)).toEqual({ isNamed: false })
})

test('addresses as people write them', () => {
  expect(address({ url: 'box:8080' })).toMatchObject({ url: 'http://box:8080' })
  expect(address({ url: 'https://box/llm/v1/' })).toMatchObject({ url: 'https://box/llm' })
  for (const url of ['unix:/run/h.sock', 'unix:///run/h.sock'])
    expect(address({ url })).toEqual({ isNamed: true, url: 'unix:/run/h.sock' })
  for (const url of ['unix:h.sock', 'ftp://x', 'http://', 'http://a b', 'http://x/?a=1', 'http://me:secret@x'])
    expect(address({ url }), url).toMatchObject({ problem: { path: '--url' } })
})

test('of several addresses it is the one that asks least: HTTP, then a socket, then HTTPS with its certificate', () => {
  const environment = makeEnvironment({ variables: {}, platform: 'linux', home: '/', currentFolder: '/' })
  const at = (...listen: string[]) =>
    serverAddress({ flags: {}, environment }, { host: 'h', port: 1, listen, tls_cert: '/c.pem' })
  expect(at('https://[::]:8443', 'unix:/run/h.sock', '0.0.0.0:80')).toEqual({
    isNamed: false,
    url: 'http://127.0.0.1:80',
  })
  expect(at('https://[::]:8443', 'unix:/run/h.sock')).toEqual({ isNamed: false, url: 'unix:/run/h.sock' })
  expect(at('https://[::]:8443', '127.0.0.1:0')).toEqual({
    ...{ isNamed: false, url: 'https://[::1]:8443', certificate: '/c.pem' },
  })
  expect(at('systemd', '127.0.0.1:0')).toEqual({ isNamed: false })
})
