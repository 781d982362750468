import { expect, test } from 'bun:test'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectFolder } from '../../scripts/project-folder.ts'
import { collectOutput } from '../../test/collect-output.ts'
import { createGate } from '../../test/fakes/gate.ts'
import { openServer } from '../../test/fakes/open-server.ts'

const main = join(projectFolder, 'src', 'main.ts')
const model = 'smollm2-135m-instruct'

/** A command as its own process, with a data folder of its own. */
function hearth(args: readonly string[], variables: Record<string, string> = {}) {
  const home = mkdtempSync(join(tmpdir(), 'hearth-spawned-'))
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env.PATH ?? '', HEARTH_HOME: home, ...variables },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const { ended: collected, written } = collectOutput(child)
  const ended = collected.finally(() => rmSync(home, { recursive: true, force: true }))
  const until = async (text: string) => {
    while (!written().includes(text)) await once(child.stdout, 'data')
  }
  return { child, ended, until }
}

const end = ({ child }: { child: ChildProcess }, input = '') => child.stdin?.end(input)

test('exit codes and streams of a process: data on standard output, everything else on standard error', async () => {
  await using open = openServer()
  const variables = { HEARTH_URL: open.server.url, HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: 'http://127.0.0.1:1' }
  const done = hearth(['run', model], variables)
  end(done, 'Say hello.')
  expect(await done.ended).toEqual({ code: 0, output: 'Hello there!\n', errors: '' })
  const failed = hearth(['run', 'absent', 'x'], variables)
  end(failed)
  expect(await failed.ended).toMatchObject({ code: 1, output: '', errors: expect.stringContaining("'absent'") })
  const misunderstood = hearth(['run', model, '--temprature', '1'], variables)
  end(misunderstood)
  expect(await misunderstood.ended).toMatchObject({ code: 2, output: '' })
})

test('Ctrl+C ends a command with 130, and its generation at the server with it', async () => {
  const gate = createGate(1)
  await using open = openServer({ runtime: { gate: gate.hold } })
  const command = hearth(['run', model, 'Say hello.'], { HEARTH_URL: open.server.url })
  end(command)
  const { signal } = await gate.arrival()
  await command.until('Hello')
  command.child.kill('SIGINT')
  expect(await command.ended).toMatchObject({ code: 130, output: expect.stringMatching(/^Hello\n?$/) })
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
  gate.open()
})

test('a reader that has had enough ends the command, and that is no failure', async () => {
  const gate = createGate(2)
  const aborted = Promise.withResolvers<void>()
  await using open = openServer({
    runtime: { gate: gate.hold, script: () => 'one two three four five six seven eight nine ten' },
  })
  const command = hearth(['run', model, 'Count.'], { HEARTH_URL: open.server.url })
  end(command)
  const { signal } = await gate.arrival()
  signal.addEventListener('abort', () => aborted.resolve())
  command.child.stdout?.destroy()
  gate.open()
  expect(await command.ended).toMatchObject({ code: 0, errors: '' })
})

test('Ctrl+C while a server fetches pauses the download there', async () => {
  await using open = openServer()
  const command = hearth(['pull', 'hf:fake/slow'], { HEARTH_URL: open.server.url })
  end(command)
  await once(command.child.stderr, 'data')
  expect(open.services.downloads.list()[0]).toMatchObject({ id: 'download-slow', state: 'downloading' })
  command.child.kill('SIGINT')
  expect(await command.ended).toMatchObject({ code: 130, output: '' })
  expect(open.services.downloads.list()[0]).toMatchObject({ id: 'download-slow', state: 'paused' })
})

test('a key is taken from the environment', async () => {
  const asked: (string | undefined)[] = []
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization)
    response.end(request.url === '/health' ? '{"status":"ok","version":"1","uptime_seconds":5}' : '{"data":[]}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const command = hearth(['ps', '--json'], { HEARTH_URL: url, HEARTH_API_KEY: 'secret' })
  end(command)
  expect(await command.ended).toEqual({ code: 0, output: '[]\n', errors: '' })
  expect(asked).toEqual(['Bearer secret', 'Bearer secret'])
  server.close()
})

test('completion and help need no configuration and no model', async () => {
  for (const args of [['completion', 'bash'], ['help'], ['version']]) {
    const command = hearth(args, { HEARTH_CONFIG: '/nowhere/config.yaml' })
    end(command)
    expect(await command.ended).toMatchObject({ code: 0, errors: '' })
  }
})

test('an output that cannot be written is a failure, whatever the command does', async () => {
  // Bun keeps what it has compiled in the user's folder.
  const home = mkdtempSync(join(tmpdir(), 'hearth-spawned-'))
  for (const args of [['help'], ['list'], ['config', 'explain', '--json']]) {
    const full = openSync('/dev/full', 'w')
    const child = spawn(process.execPath, [main, ...args], {
      env: { PATH: process.env.PATH ?? '', HEARTH_HOME: home, HOME: home },
      stdio: ['ignore', full, 'pipe'],
    })
    let errors = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors += text
    })
    const [code] = await once(child, 'close')
    closeSync(full)
    expect([code, errors], args.join(' ')).toEqual([1, expect.stringContaining('standard output cannot be written')])
  }
  rmSync(home, { recursive: true, force: true })
})

test('serve names the Hearth that has its port', async () => {
  await using open = openServer()
  const port = new URL(open.server.url).port
  const second = hearth(['serve', '--port', port, '--no-auto-pull', '--no-preload'])
  end(second)
  const { code, output, errors } = await second.ended
  expect([code, output]).toEqual([1, ''])
  expect(errors).toContain(`runs at http://127.0.0.1:${port} already`)
  expect(errors).toContain('--port')
})

test('SIGHUP while models are fetched ends nothing: the signal that comes then does', async () => {
  const asked = Promise.withResolvers<void>()
  const hub = createServer(() => asked.resolve())
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve))
  const folder = mkdtempSync(join(tmpdir(), 'hearth-hung-up-'))
  const HF_ENDPOINT = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`
  const command = hearth(['serve', '--models-dir', folder, '--port', '0', '--no-preload'], {
    HOME: folder,
    HF_ENDPOINT,
  })
  end(command)
  await asked.promise
  command.child.kill('SIGHUP')
  command.child.kill('SIGTERM')
  expect(await command.ended).toMatchObject({ code: 143, output: '' })
  hub.close()
  rmSync(folder, { recursive: true })
})

test.skipIf(process.platform === 'darwin').each([[['--no-auto-pull']], [[]]])(
  'serve refuses to start where a GPU is required and none is, and fetches nothing before: %j',
  async (flags) => {
    // On a machine that has one it is hidden.
    const variables = { CUDA_VISIBLE_DEVICES: '-1', GGML_VK_VISIBLE_DEVICES: '-1', VK_DRIVER_FILES: '/nowhere' }
    const refused = hearth(['serve', '--require-gpu', '--port', '0', '--no-preload', ...flags], variables)
    end(refused)
    expect(await refused.ended).toMatchObject({
      code: 1,
      output: '',
      errors: expect.stringMatching(
        /^hearth: A GPU is required \(require_gpu\), and none can be used: .+\.\n {8}\S.+\.\n$/,
      ),
    })
  },
  30_000,
)
