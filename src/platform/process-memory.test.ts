import { expect, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { processFileBytes, processMemoryBytes, readStatus } from './process-memory.ts'

test('resident and swapped pages are added, in bytes', () => {
  expect(readStatus('Name:\tbun\nVmHWM:\t  900 kB\nVmRSS:\t  500 kB\nRssAnon:\t 100 kB\nVmSwap:\t   24 kB\n')).toBe(
    524 * 1024,
  )
})

test('a process that has ended, and a system that keeps no swap in it, are understood', () => {
  expect(readStatus('Name:\tbun\nState:\tZ (zombie)\n')).toBeUndefined()
  expect(readStatus('VmRSS:\t  500 kB\n')).toBe(500 * 1024)
})

test('a large block shows in the own process as soon as it is written to', () => {
  const before = processMemoryBytes(process.pid) as number
  const block = new Uint8Array(64 * 2 ** 20).fill(1)
  const after = processMemoryBytes(process.pid) as number
  expect(after - before).toBeGreaterThan(block.byteLength / 2)
})

test.if(process.platform === 'linux')('another process is known until it has ended', async () => {
  const child = spawn('cat')
  // Until it answers it may be a copy of this process that has not begun to be another program yet.
  child.stdin.write('x')
  await once(child.stdout, 'data')
  const pid = child.pid as number
  expect(processMemoryBytes(pid)).toBeGreaterThan(64 * 1024)
  expect(processFileBytes(pid)).toBeGreaterThan(64 * 1024)
  expect(processFileBytes(pid)).toBeLessThan(processMemoryBytes(pid) as number)
  child.kill()
  await once(child, 'exit')
  expect([processMemoryBytes(pid), processFileBytes(pid)]).toEqual([undefined, undefined])
})
