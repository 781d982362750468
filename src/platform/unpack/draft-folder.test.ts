import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, utimesSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { untilGone } from '../../../test/processes.ts'
import { run } from '../../../test/run.ts'
import { draftPath, makeDraftFolder, removeLeftovers } from './draft-folder.ts'

let parent: string

beforeEach(() => {
  parent = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-drafts-')))
})
afterEach(() => rmSync(parent, { recursive: true, force: true }))

/** A folder of that name with a file in it, both last changed so many hours ago. */
function makeFolder(name: string, hours = 0) {
  const path = join(parent, name)
  mkdirSync(path)
  writeFileSync(join(path, 'libggml.so'), 'half')
  const seconds = Date.now() / 1000 - hours * 3600
  for (const each of [join(path, 'libggml.so'), path]) utimesSync(each, seconds, seconds)
}

const beginningIsKnown = () => !/-0-\w+$/.test(draftPath(parent))

/** In the name of a process that has ended. */
async function leftover() {
  const module = JSON.stringify(join(import.meta.dirname, 'draft-folder.ts'))
  const script = `import { makeDraftFolder } from ${module}; console.log(await makeDraftFolder(${JSON.stringify(parent)}))`
  const { output } = await run([process.execPath, '-e', script])
  return basename(output.trim())
}

test('what a process that has ended left behind is removed, and nothing of one that lives', async () => {
  const [mine, dead] = [basename(await makeDraftFolder(parent)), await leftover()]
  expect(readdirSync(parent).sort()).toEqual([mine, dead].sort())
  await removeLeftovers(parent)
  expect(readdirSync(parent)).toEqual([mine])
})

test('a process that has got the number of a dead one keeps nothing alive', async () => {
  const [, machine, , beginning] = /^\.new-(\w+)-(\d+)-(\d+)-/.exec(basename(draftPath(parent))) ?? []
  if (beginning === '0') return
  const other = `.new-${machine}-${process.pid}-${Number(beginning) + 100_000}-00000000`
  makeFolder(other)
  await removeLeftovers(parent)
  expect(readdirSync(parent)).toEqual([])
})

test('of processes elsewhere, only what has rested for an hour is removed', async () => {
  makeFolder('.new-0123456789ab-1-100-00000001', 2)
  makeFolder('.new-0123456789ab-1-100-00000002', 0.5)
  await removeLeftovers(parent)
  expect(readdirSync(parent)).toEqual(['.new-0123456789ab-1-100-00000002'])
})

test('so it is with a file, such as a stamp that has not come to its place', async () => {
  for (const [name, hours] of [
    ['00000001', 2],
    ['00000002', 0.5],
  ] as const) {
    const path = join(parent, `.new-0123456789ab-1-100-${name}`)
    writeFileSync(path, '{}')
    utimesSync(path, Date.now() / 1000 - hours * 3600, Date.now() / 1000 - hours * 3600)
  }
  await removeLeftovers(parent)
  expect(readdirSync(parent)).toEqual(['.new-0123456789ab-1-100-00000002'])
})

test('where only the number of a process is known, it keeps nothing alive that has rested for an hour', async () => {
  const [, machine] = /^\.new-(\w+)-/.exec(basename(draftPath(parent))) ?? []
  makeFolder(`.new-${machine}-${process.ppid}-0-00000001`, 2)
  makeFolder(`.new-${machine}-${process.pid}-0-00000002`, 2)
  await removeLeftovers(parent)
  expect(readdirSync(parent)).toEqual(beginningIsKnown() ? [] : [`.new-${machine}-${process.pid}-0-00000002`])
})

test('one of which a file was written to just now has not rested', async () => {
  makeFolder('.new-0123456789ab-1-100-00000001', 2)
  writeFileSync(join(parent, '.new-0123456789ab-1-100-00000001', 'libggml.so'), 'more')
  await removeLeftovers(parent)
  expect(readdirSync(parent)).toHaveLength(1)
})

test('what somebody else has put there stays', async () => {
  for (const name of ['.new-', '.new-mine', 'notes', '.new-0123456789ab-1-100-00000001.txt']) makeFolder(name, 24 * 365)
  await removeLeftovers(parent)
  expect(readdirSync(parent)).toHaveLength(4)
})

test.skipIf(process.platform !== 'linux')('one that nobody has asked how it ended is no living process', async () => {
  // The shell's child makes a folder and ends; the shell, become another program, never asks about it.
  const module = JSON.stringify(join(import.meta.dirname, 'draft-folder.ts'))
  const script = `import { makeDraftFolder } from ${module}; await makeDraftFolder(${JSON.stringify(parent)})`
  const child = Bun.spawn(['sh', '-c', `"$0" -e '${script}' & exec cat`, process.execPath], { stdin: 'pipe' })
  try {
    const made = Promise.withResolvers<void>()
    const watcher = watch(parent, () => made.resolve())
    if (readdirSync(parent).length === 0) await made.promise
    watcher.close()
    const number = Number(/^\.new-\w+-(\d+)-/.exec(readdirSync(parent)[0] ?? '')?.[1])
    await untilGone([number], 10_000)
    await removeLeftovers(parent)
    expect(readdirSync(parent)).toEqual([])
  } finally {
    child.kill()
    await child.exited
  }
})
