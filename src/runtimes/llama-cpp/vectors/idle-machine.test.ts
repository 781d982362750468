import { expect, test } from 'bun:test'
import { Worker } from 'node:worker_threads'
import { runningIn, watchMachine } from './idle-machine.ts'

test('the threads that run are read, and none where that is not told', () => {
  expect(runningIn('1.27 1.43 1.66 1/99 24508\n')).toBe(1)
  expect(runningIn('0.20 0.18 0.12 11/412 1')).toBe(11)
  for (const text of ['0.00 0.00 0.00 0/0 0', '1/99', '']) expect(runningIn(text)).toBe(0)
})

test('a machine is idle where the asking thread runs alone, or with one other twice in turn', () => {
  let running = 0
  const isIdle = watchMachine(() => `0.20 0.18 0.12 ${running}/412 1`)
  const seen = [2, 1, 2, 2, 3, 2, 2, 4, 1, 0, 2].map((count) => {
    running = count
    return isIdle()
  })
  expect(seen).toEqual([false, true, true, true, false, false, true, false, true, false, false])
})

test('it is asked for a moment longer where more run, since a sender is about to sleep', () => {
  const readings = [4, 3, 1, ...Array(30).fill(3), 1]
  const isIdle = watchMachine(() => `0.20 0.18 0.12 ${readings.shift()}/412 1`)
  expect([isIdle(), isIdle(), isIdle()]).toEqual([true, false, true])
})

test('a machine on which two other threads compute is not idle', async () => {
  const running = new Int32Array(new SharedArrayBuffer(4))
  const source = `const { workerData: running } = require('node:worker_threads')
    Atomics.add(running, 0, 1); Atomics.notify(running, 0); while (Atomics.load(running, 0) > 0);`
  const workers = [1, 2].map(() => new Worker(source, { eval: true, workerData: running }))
  for (const begun of [0, 1]) Atomics.wait(running, 0, begun)
  try {
    expect(watchMachine()()).toBe(false)
  } finally {
    Atomics.store(running, 0, -2)
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
})
