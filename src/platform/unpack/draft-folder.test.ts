import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { draftPath, removeLeftovers } from './draft-folder.ts'

const parent = mkdtempSync(join(tmpdir(), 'hearth-drafts-'))
afterAll(() => rmSync(parent, { recursive: true, force: true }))

/** A draft of this process with another time of its beginning, in ticks. */
function draftBegun(later: number): string {
  const name = basename(draftPath(parent)).replace(/-(\d+)-([0-9a-f]{8})$/, (_, ticks, end) => {
    return `-${Number(ticks) + later}-${end}`
  })
  mkdirSync(join(parent, name))
  return name
}

test('a draft of a process that an emulator tells another beginning of stays, and one of its number before it goes', async () => {
  const mine = draftBegun(0)
  const emulated = draftBegun(40)
  draftBegun(-500_000)
  await removeLeftovers(parent)
  // Where the system does not tell when a process began, every time is as good.
  if (process.platform === 'linux') expect(readdirSync(parent).sort()).toEqual([mine, emulated].sort())
})
