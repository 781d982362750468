/**
 * For tests, a process: unpacks the libraries of embedded.fixture.ts below a place, and meets something in the middle of it. Its
 * arguments: the place, what it meets (`kill`, `remove`: somebody takes the folder away, or the code of an error), and before
 * or instead of which of its changes to the disk, counted from 1. Writes `reached` where it came to that, and then what
 * became of it.
 */
import { rmSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import process from 'node:process'

const [, , place = '', event = '', at = ''] = process.argv
let left = Number(at)

// What is imported from it later are these.
const promises = createRequire(import.meta.url)('node:fs/promises') as Record<string, (...given: unknown[]) => unknown>
for (const name of ['mkdir', 'open', 'rename', 'rm', 'writeFile', 'utimes', 'chmod'])
  promises[name] = meeting(promises[name])

function meeting(call: ((...given: unknown[]) => unknown) | undefined) {
  return async (...given: unknown[]) => {
    if (--left === 0) meet()
    const found = await call?.(...given)
    const handle = found as { write?(...bytes: unknown[]): unknown } | undefined
    if (handle?.write) handle.write = meeting(handle.write.bind(handle))
    return found
  }
}

function meet(): void {
  writeSync(1, 'reached\n')
  if (event === 'kill') process.kill(process.pid, 'SIGKILL')
  else if (event === 'remove') rmSync(join(place, 'native', '1.2.3-abcdef012345'), { recursive: true, force: true })
  else throw Object.assign(new Error(`made up: ${event}`), { code: event })
}

const { makeEmbedded } = await import('./embedded.fixture.ts')
const { unpackLibraries } = await import('./unpack-libraries.ts')
try {
  await unpackLibraries(makeEmbedded(place), join(place, 'native'))
  writeSync(1, 'unpacked\n')
} catch (error) {
  writeSync(1, `${(error as Error).message}\n`)
}
