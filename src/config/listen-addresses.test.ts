import { expect, test } from 'bun:test'
import { makeEnvironment } from './environment.ts'
import { listenAddresses } from './listen-addresses.ts'
import { loadConfig } from './load.ts'

const load = (flags: Record<string, string>, text = '', variables: Record<string, string> = {}) =>
  loadConfig({
    flags,
    environment: makeEnvironment({ variables, platform: 'linux', home: '/home/u', currentFolder: '/' }),
    file: { path: '/c/config.yaml', text },
  })

const problemsOf = (listen: string, flags: Record<string, string> = {}) =>
  load({ listen, ...flags }).problems.map(({ message }) => message)

test('without listen it is host and port, with HTTPS where there is a certificate', () => {
  const at = (flags: Record<string, string>) => listenAddresses(load(flags).config)
  expect(at({})).toEqual([{ type: 'tcp', host: '127.0.0.1', port: 8080, isSecure: false }])
  expect(at({ host: '[::1]', port: '0' })).toEqual([{ type: 'tcp', host: '::1', port: 0, isSecure: false }])
  expect(at({ 'tls-cert': 'a.pem', 'tls-key': 'b.pem' })).toMatchObject([{ isSecure: true }])
})

test('every kind of entry', () => {
  const listen = 'http://127.0.0.1:80,https://[::]:8443/,box:0,unix:/run/h.sock,unix:///run/i.sock?mode=0600,systemd'
  const { config, problems } = load({ listen, 'tls-cert': 'a.pem', 'tls-key': 'b.pem' })
  expect(problems).toEqual([])
  expect(listenAddresses(config)).toEqual([
    { type: 'tcp', host: '127.0.0.1', port: 80, isSecure: false },
    { type: 'tcp', host: '::', port: 8443, isSecure: true },
    { type: 'tcp', host: 'box', port: 0, isSecure: false },
    { type: 'unix', path: '/run/h.sock', mode: 0o660 },
    { type: 'unix', path: '/run/i.sock', mode: 0o600 },
    { type: 'systemd' },
  ])
})

test.each([
  ['ftp://a:1', 'expected http://HOST:PORT'],
  [':8080', 'every address of this machine is 0.0.0.0'],
  ['http://a', 'the port is missing'],
  ['http://a:1/v1', 'a path goes into base_path'],
  ['::1:8080', 'an IPv6 address stands in brackets'],
  ['a:70000', 'no port above 65535'],
  ['*:80', 'every address of this machine is 0.0.0.0'],
  ['http://me:secret@a:1', 'expected http://HOST:PORT'],
  ['unix:h.sock', 'expected an absolute path'],
  ['unix:@name', 'abstract sockets'],
  [`unix:/${'a'.repeat(107)}`, 'a path of 108 bytes, and sockets may have 107'],
  ['unix:/a?mode=9', 'nothing behind the path but ?mode'],
  ['https://a:1', 'which needs tls_cert and tls_key'],
  ['a:1,http://A:1', "found 'http://A:1', and 'http://a:1' is there already"],
  ['systemd,systemd', 'is there already'],
])('%s is refused', (listen, message) => {
  expect(problemsOf(listen).join()).toContain(message)
  if (!listen.includes(',')) expect(problemsOf(listen).join()).toContain(`'${listen}'`)
})

test('a certificate without its key, a key without its certificate, and one that nothing would use', () => {
  expect(problemsOf('a:1', { 'tls-cert': 'a' }).join()).toContain('set tls_key too')
  expect(problemsOf('a:1', { 'tls-key': 'a' }).join()).toContain('set tls_cert too')
  expect(problemsOf('a:1', { 'tls-cert': 'a', 'tls-key': 'b' }).join()).toContain('nothing would use it')
})

test('a problem is told where it stands', () => {
  expect(load({}, 'listen:\n  - a:1\n  - nonsense\n').problems).toMatchObject([
    { path: 'listen[1]', place: { file: '/c/config.yaml', line: 3, column: 5 } },
  ])
  expect(load({}, '', { HEARTH_LISTEN: 'x' }).problems).toMatchObject([{ path: 'HEARTH_LISTEN' }])
  expect(load({ listen: 'x' }).problems).toMatchObject([{ path: '--listen' }])
})

test('a host or a port on the command line goes over listen from elsewhere, and not beside a --listen', () => {
  expect(load({ port: '9' }, 'listen: [ "a:1" ]').config).not.toHaveProperty('listen')
  expect(load({}, 'listen: [ "a:1" ]\nport: 9').config).toMatchObject({ listen: ['a:1'] })
  expect(load({ port: '9', listen: 'a:1' }).problems).toMatchObject([{ path: '--port' }])
})

test.each([
  ['https://h/hearth', 'expected the path alone'],
  ['/a b', 'expected a path of letters'],
  ['/ü', 'expected a path of letters'],
  ['/a?b', 'expected a path of letters'],
  ['/a/../b', 'expected a path of letters'],
  ['/v1', "'/v1' is where this server has paths of its own"],
  ['docs/x', "'/docs' is where"],
  ['ollama/', "'/ollama' is where"],
  ['/mine', "'/mine' is where"],
])('base_path %s is refused, where it stands', (path, message) => {
  const providers = 'providers: [{ name: mine, base_url: "http://127.0.0.1:1/v1" }]'
  const flag = load({ 'base-path': path }, providers).problems
  expect(flag.map((problem) => problem.path)).toEqual(['--base-path'])
  expect(flag[0]?.message).toContain(message)
  expect(flag[0]?.message).toContain(`found '${path}'`)
  expect(load({}, `${providers}\nbase_path: "${path}"`).problems).toMatchObject([
    { path: 'base_path', place: { line: 2 } },
  ])
})

test.each(['/hearth', 'a/b.c/', '/api/llm', '/', ''])('base_path %j is taken', (path) => {
  expect(load({}, `base_path: "${path}"`).problems).toEqual([])
})

test('both 0.0.0.0 and [::] at one port are one too many', () => {
  expect(problemsOf('0.0.0.0:80,[::]:80').join()).toContain('[::] takes IPv4 as well')
  expect(problemsOf('[::]:80,http://0.0.0.0:80').join()).toContain('[::] takes IPv4 as well')
  expect(problemsOf('0.0.0.0:80,[::]:81')).toEqual([])
})

test('an address of one link names its interface', () => {
  const { config, problems } = load({ listen: 'http://[fe80::1%eth0.5]:80' })
  expect(problems).toEqual([])
  expect(listenAddresses(config)).toMatchObject([{ host: 'fe80::1%eth0.5', port: 80 }])
})
