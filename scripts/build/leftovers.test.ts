import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { run } from '../../test/run.ts'
import { removeLeftovers, temporaryPath } from './leftovers.ts'

let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'hearth-leftovers-'))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

test('what a killed build has left goes at once, and what one that runs is at stays', async () => {
  const module = JSON.stringify(join(import.meta.dirname, 'leftovers.ts'))
  const words = `import { temporaryPath } from ${module}
    import { mkdirSync, writeFileSync } from 'node:fs'
    const path = temporaryPath(${JSON.stringify(place)})
    mkdirSync(path)
    writeFileSync(path + '/runtime', 'half')
    process.kill(process.pid, 'SIGKILL')`
  await run([process.execPath, '-e', words])
  const [left] = readdirSync(place)
  const own = temporaryPath(place)
  mkdirSync(own)
  expect(left).toStartWith('.new-')
  await removeLeftovers(place)
  expect(readdirSync(place)).toEqual([basename(own)])
})

test('what is named otherwise goes once no build can be at it', async () => {
  for (const name of ['.new-old', '.new-young', 'whole']) writeFileSync(join(place, name), '')
  const yesterday = Date.now() / 1000 - 86_400
  for (const name of ['.new-old', 'whole']) utimesSync(join(place, name), yesterday, yesterday)
  await removeLeftovers(place)
  expect(readdirSync(place).sort()).toEqual(['.new-young', 'whole'])
})

test('a folder that is not there has nothing left in it', async () => {
  await removeLeftovers(join(place, 'absent'))
  expect(readdirSync(place)).toEqual([])
})
