import { expect, test } from 'bun:test'
import { EventEmitter } from 'node:events'
import { readyText } from './ready-text.ts'
import { type ServeWorld, serveUntilStopped } from './serve-until-stopped.ts'

function world(hangUps: Pick<ServeWorld, 'isHangUp' | 'wasReloadAsked'> = {}) {
  const signals = new EventEmitter()
  const said: string[] = []
  const stopped = Promise.withResolvers<number>()
  const started = Promise.withResolvers<void>()
  const ready = Promise.withResolvers<void>()
  const server = {
    urls: ['http://x'],
    stopped: stopped.promise,
    stop: (reason: string) => void said.push(`stop ${reason}`),
    reload: async () => said.push('reload'),
  }
  const code = serveUntilStopped({
    signals,
    start: async () => {
      await started.promise
      return server
    },
    onReady: () => {
      said.push('ready')
      ready.resolve()
    },
    onStopping: (signal) => said.push(`stopping ${signal}`),
    exit: (code) => void said.push(`exit ${code}`),
    ...hangUps,
  })
  return { signals, said, stopped, started, ready, code }
}

test('the first signal lets requests end, and the exit code is that of the server', async () => {
  const { signals, said, stopped, started, ready, code } = world()
  started.resolve()
  await ready.promise
  signals.emit('SIGTERM')
  stopped.resolve(0)
  expect(await code).toBe(0)
  expect(said).toEqual(['ready', 'stopping SIGTERM', 'stop SIGTERM'])
  expect(signals.listenerCount('SIGTERM') + signals.listenerCount('SIGINT')).toBe(0)
})

test('the second signal, whichever, ends the process at once with 128 and its number', async () => {
  const { signals, said, started, ready } = world()
  started.resolve()
  await ready.promise
  signals.emit('SIGTERM')
  signals.emit('SIGINT')
  signals.emit('SIGTERM')
  expect(said.slice(3)).toEqual(['exit 130', 'exit 143'])
})

test('a signal during the start stops the server as soon as it is up, and it never says that it is ready', async () => {
  const { signals, said, stopped, started, code } = world()
  signals.emit('SIGINT')
  started.resolve()
  stopped.resolve(0)
  expect(await code).toBe(0)
  expect(said).toEqual(['stopping SIGINT', 'stop SIGINT'])
})

test('a start that fails rejects, and leaves no listener behind', async () => {
  const { signals, started, code } = world()
  started.reject(new Error('taken'))
  await expect(code).rejects.toThrow('taken')
  expect(signals.listenerCount('SIGINT')).toBe(0)
})

test('the ready text has the address, the docs, and a curl line for an address that can be reached', () => {
  const text = readyText({ urls: ['http://0.0.0.0:8080'], platform: 'linux' })
  expect(text).toContain('listening on http://0.0.0.0:8080\n')
  expect(text).toContain('http://127.0.0.1:8080/docs\n')
  expect(text).toContain("  curl http://127.0.0.1:8080/v1/chat/completions -H 'Content-Type: application/json' -d '{")
})

test('the curl line takes the key from a variable where one is asked for', () => {
  const text = readyText({ urls: ['http://127.0.0.1:8080'], platform: 'linux', asksForKey: true })
  const line = /^ {2}curl (.*)$/m.exec(text)?.[1] ?? ''
  const { stdout } = Bun.spawnSync(['sh', '-c', `printf '%s\\n' ${line}`], { env: { HEARTH_API_KEY: 'sk-x' } })
  expect(stdout.toString()).toContain('\nAuthorization: Bearer sk-x\n')
  expect(text).toContain('hearth keys create')
})

test('the curl line is one command to a shell, and its body is a chat request', () => {
  for (const url of ['http://[::]:80', 'http://127.0.0.1:8080']) {
    const line = /^ {2}curl (.*)$/m.exec(readyText({ urls: [url], platform: 'linux' }))?.[1] ?? ''
    const { stdout } = Bun.spawnSync(['sh', '-c', `printf '%s\\n' ${line}`])
    const words = stdout.toString().trimEnd().split('\n')
    expect(words.slice(1, 4)).toEqual(['-H', 'Content-Type: application/json', '-d'])
    expect(JSON.parse(words[4] ?? '').messages[0].role).toBe('user')
  }
  expect(readyText({ urls: ['http://127.0.0.1:1'], platform: 'win32' })).toContain('-d "{\\"messages\\"')
})

test('all addresses are told, and what is to be pasted goes to the one that asks least', () => {
  const told = (...urls: string[]) => readyText({ urls, platform: 'linux' })
  const several = told('https://0.0.0.0:8443', 'unix:/run/h.sock', 'http://[::]:80')
  for (const part of [
    'on https://0.0.0.0:8443\n',
    ' and unix:/run/h.sock\n',
    ' and http://[::]:80\n',
    'curl http://[::1]:80/',
  ])
    expect(several).toContain(part)
  expect(told('unix:/run/h.sock', 'https://0.0.0.0:8443')).toContain('curl https://127.0.0.1:8443/v1')
  const alone = told('unix:/run/h.sock')
  expect(alone).toContain('curl --unix-socket /run/h.sock http://localhost/v1')
  expect(alone).not.toContain('/docs')
})

test('SIGHUP has the configuration read again, as often as it comes, and as soon as the server is up', async () => {
  const { signals, said, stopped, started, ready, code } = world({ isHangUp: () => false })
  signals.emit('SIGHUP')
  started.resolve()
  await ready.promise
  signals.emit('SIGHUP')
  signals.emit('SIGHUP')
  expect(said).toEqual(['ready', 'reload', 'reload', 'reload'])
  stopped.resolve(0)
  await code
  expect(signals.listenerCount('SIGHUP')).toBe(0)
})

test('a SIGHUP that came before it listened for one is obeyed once the server is up', async () => {
  const { said, stopped, started, ready, code } = world({ isHangUp: () => false, wasReloadAsked: () => true })
  started.resolve()
  await ready.promise
  expect(said).toEqual(['ready', 'reload'])
  stopped.resolve(0)
  await code
})

test('SIGHUP from a terminal that is gone stops the server', async () => {
  const { signals, said, stopped, started, ready, code } = world({ isHangUp: () => true })
  started.resolve()
  await ready.promise
  signals.emit('SIGHUP')
  stopped.resolve(0)
  expect(await code).toBe(0)
  expect(said).toEqual(['ready', 'stopping SIGHUP', 'stop SIGHUP'])
})

test('where nobody knows what a SIGHUP means it is left to the system', async () => {
  const { signals, stopped, started, ready, code } = world()
  started.resolve()
  await ready.promise
  expect(signals.listenerCount('SIGHUP')).toBe(0)
  stopped.resolve(0)
  await code
})
