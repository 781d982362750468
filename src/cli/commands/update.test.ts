import { afterAll, beforeAll, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { projectFolder } from '../../../scripts/project-folder.ts'
import { runCommandLine } from '../../../test/fakes/fake-terminal.ts'
import { addRelease, type ReleaseServer, startReleaseServer } from '../../../test/packaging/release-server.ts'
import { run } from '../../../test/run.ts'
import { version } from '../../config/version.ts'

let server: ReleaseServer
beforeAll(async () => {
  server = await startReleaseServer()
})
afterAll(() => server?.[Symbol.asyncDispose]())

const path = '/latest/download/release.json'
const check = (...more: string[]) =>
  runCommandLine(['update', '--check', ...more], { variables: { HEARTH_RELEASES_URL: server.url } })
/** Puts a manifest there, whatever it says. */
const publish = (manifest: unknown) =>
  server.answers.set(
    path,
    (response) => void response.end(typeof manifest === 'string' ? manifest : JSON.stringify(manifest)),
  )

test('a newer version ends with 10, and one request tells nothing but the own version', async () => {
  await addRelease(server.folder, { version: '99.0.0', targets: ['linux-x64'] })
  const { code, output, errors } = await check()
  expect([code, errors]).toEqual([10, ''])
  expect(output).toStartWith(`Hearth 99.0.0 is newer than this one, ${version}.`)
  expect(output).toContain('  git checkout v99.0.0\n')
  expect(server.asked.splice(0)).toEqual([path])
  const { host: _, connection: __, ...headers } = server.lastHeaders()
  expect(headers).toEqual({
    accept: 'application/json',
    'accept-encoding': 'identity',
    'user-agent': `hearth/${version}`,
  })
  const json = await check('--json')
  expect([json.code, JSON.parse(json.output)]).toEqual([
    10,
    expect.objectContaining({
      update_available: true,
      version,
      newest_version: '99.0.0',
      target: null,
      installed_by: 'source',
    }),
  ])
})

test('the same version and an older one end with 0', async () => {
  for (const newest of [version, '0.0.1', `${version}-rc.1`, `${version}+build.7`]) {
    publish({ name: 'hearth', version: newest, files: [] })
    const { code, output } = await check()
    expect([newest, code, output]).toEqual([
      newest,
      0,
      expect.stringContaining(`Hearth ${version} is the newest version`),
    ])
    expect(JSON.parse((await check('--json')).output)).toMatchObject({ update_available: false, commands: [] })
  }
})

test('what is no manifest, or too large, is an error that says so', async () => {
  const file = { target: 'linux-x64', archive: 'a.tar.xz', bytes: 1, sha256: 'a'.repeat(64) }
  const executable = { name: 'hearth', bytes: 1, sha256: 'a'.repeat(64) }
  const whole = { name: 'hearth', version: '9.9.9', files: [{ ...file, executable }] }
  publish(whole)
  expect((await check()).code).toBe(10)
  const wrong: [unknown, string][] = [
    ['<html>', 'it is no JSON'],
    [{ ...whole, name: 'other' }, '/name'],
    [{ ...whole, version: '9.9' }, '/version: it is no semantic version'],
    [{ ...whole, version: '9.9.9\u001b[2J' }, '/version'],
    [{ ...whole, version: 'v9.9.9' }, '/version'],
    [{ ...whole, version: 'latest' }, '/version'],
    [{ ...whole, files: [file] }, '/files/0/executable'],
    [{ ...whole, files: [{ ...file, executable, archive: '../../x; rm -rf ~' }] }, '/files/0/archive'],
    [{ ...whole, files: [{ ...file, executable, sha256: 'short' }] }, '/files/0/sha256'],
    [' '.repeat(1024 * 1024 + 1), 'more than 1048576 bytes'],
  ]
  for (const [manifest, text] of wrong) {
    publish(manifest)
    const { code, output, errors } = await check('--json')
    expect([code, output]).toEqual([1, ''])
    expect(JSON.parse(errors).error.message).toContain(text)
  }
})

test('a proxy is not asked for what is on this machine', async () => {
  publish({ name: 'hearth', version, files: [] })
  const proxies = { http_proxy: 'http://127.0.0.1:1', HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: 'example.com' }
  const command = [process.execPath, join(projectFolder, 'src/main.ts'), 'update', '--check'] as const
  const environment = { ...process.env, ...proxies, HEARTH_RELEASES_URL: server.url }
  const { code, output } = await run(command, { environment })
  expect([code, output]).toEqual([0, expect.stringContaining('is the newest version')])
})

test('an address without a release, and one without a server, are told apart from up to date', async () => {
  server.answers.set(path, (response) => void response.writeHead(404).end())
  expect(await check()).toMatchObject({
    code: 1,
    output: '',
    errors: expect.stringContaining('there is no release at'),
  })
  server.answers.set(path, (response) => void response.writeHead(503).end())
  expect((await check()).errors).toContain('503 is the answer of')
  const { code, errors } = await check('--releases-url', 'http://127.0.0.1:1')
  expect([code, errors]).toEqual([1, expect.stringContaining('cannot be reached')])
})

test('a redirection leads over https or stays on this machine', async () => {
  const wrong = ['http://downloads.example.com/release.json', 'file:///etc/passwd', 'http://169.254.169.254/latest']
  for (const location of wrong) {
    server.answers.set(path, (response) => void response.writeHead(302, { location }).end())
    expect(await check()).toMatchObject({ code: 1, errors: expect.stringContaining('redirects to') })
  }
  writeFileSync(join(server.folder, 'other.json'), JSON.stringify({ name: 'hearth', version: '9.0.0', files: [] }))
  server.answers.set(path, (response) => void response.writeHead(302, { location: '/other.json' }).end())
  expect((await check()).code).toBe(10)
})

test('nobody is asked without an address, with one that is not safe, or without --check', async () => {
  server.asked.splice(0)
  const cases: [string[], Record<string, string>, string][] = [
    [['--check'], {}, 'this build knows of no place where releases are published; say --releases-url'],
    [['--check'], { HEARTH_RELEASES_URL: '' }, 'nobody is ever asked'],
    [['--check'], { HEARTH_RELEASES_URL: 'http://downloads.example.com' }, 'by https only'],
    [['--check'], { HEARTH_RELEASES_URL: 'http://127.0.0.1.example.com' }, 'by https only'],
    [['--check'], { HEARTH_RELEASES_URL: 'https://name:secret@example.com' }, 'no name and no password'],
    [['--check'], { HEARTH_RELEASES_URL: 'ftp://example.com' }, 'expected an address like'],
    [['--check'], { HEARTH_RELEASES_URL: 'https://example.com/?a=b' }, "without '?' and '#'"],
    [[], { HEARTH_RELEASES_URL: server.url }, 'Hearth does not replace itself: hearth update --check'],
  ]
  for (const [parameters, variables, text] of cases) {
    const { code, output, errors } = await runCommandLine(['update', ...parameters], { variables })
    expect([code, output, errors]).toEqual([2, '', expect.stringContaining(text)])
  }
  expect(server.asked).toEqual([])
})
