import { expect, test } from 'bun:test'
import { fakeNativeReport } from '../../test/fakes/fake-system.ts'
import { isRunning, untilGone } from '../../test/processes.ts'
import { probeNatively } from './native-probe.ts'

/** A process that runs these lines of JavaScript. */
const probe = (script: string, more: { patienceMilliseconds?: number; signal?: AbortSignal } = {}) =>
  probeNatively({
    command: [process.execPath, '-e', script],
    environment: { PATH: process.env.PATH ?? '' },
    patienceMilliseconds: 60_000,
    ...more,
  })

test('the last line that is an answer counts, whatever libraries print before it', async () => {
  const report = JSON.stringify({ type: 'report', report: fakeNativeReport })
  expect(await probe(`console.log('ggml: hello'); console.log(${JSON.stringify(report)})`)).toEqual(fakeNativeReport)
})

test('what the process finds wrong is told as it is', async () => {
  const failure = JSON.stringify({ type: 'failure', problem: 'libvulkan.so.1: cannot open shared object file' })
  await expect(probe(`console.log(${JSON.stringify(failure)})`)).rejects.toThrow(/^libvulkan\.so\.1: cannot open/)
})

test('one that dies is told with how, and with its last words', async () => {
  const words = "require('fs').writeSync(2, 'opening the native libraries\\nasking for the GPUs\\n')"
  await expect(probe(`${words}; process.kill(process.pid, 'SIGSEGV'); setInterval(() => {}, 1000)`)).rejects.toThrow(
    'the process that opens the native libraries ended without an answer (signal SIGSEGV); it said last: opening the native libraries / asking for the GPUs',
  )
})

test('one that hangs is ended, and told', async () => {
  await expect(probe('setInterval(() => {}, 1000)', { patienceMilliseconds: 200 })).rejects.toThrow(
    'the process that opens the native libraries did not answer within 0.2 seconds',
  )
})

test('one that cannot be started is told', async () => {
  const call = { command: ['/absent/hearth'] as const, environment: {}, patienceMilliseconds: 60_000 }
  await expect(probeNatively(call)).rejects.toThrow(/could not be started/)
})

test('it is ended when nobody wants to know any more', async () => {
  const controller = new AbortController()
  const started = Promise.withResolvers<number>()
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      started.resolve(Number(await request.text()))
      return new Response()
    },
  })
  const script = `await fetch('${server.url}', { method: 'POST', body: String(process.pid) }); setInterval(() => {}, 1000)`
  const probing = probe(script, { signal: controller.signal })
  const processId = await started.promise
  expect(isRunning(processId)).toBe(true)
  controller.abort(new Error('the server ends'))
  await expect(probing).rejects.toThrow('the server ends')
  await untilGone([processId], 10_000)
  await server.stop(true)
})
