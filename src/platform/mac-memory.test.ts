import { expect, test } from 'bun:test'
import { macMemory, readVmStat } from './mac-memory.ts'

/** As a Mac with 16 GiB prints it while a browser and an editor run. */
const recorded = `Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                                5120.
Pages active:                            402310.
Pages inactive:                          398912.
Pages speculative:                         2048.
Pages throttled:                              0.
Pages wired down:                        131072.
Pages purgeable:                           7168.
"Translation faults":                1234567890.
Pages copy-on-write:                   12345678.
Pages occupied by compressor:             98304.
`

test('pages that macOS takes back when somebody wants them can be had', () => {
  expect(readVmStat(recorded)).toBe((5120 + 398_912 + 2048) * 16_384)
  expect(readVmStat(recorded.replace(/^Pages speculative.*\n/m, ''))).toBe((5120 + 398_912) * 16_384)
  for (const text of [
    '',
    'vm_stat: command not found',
    recorded.replace('page size', ''),
    recorded.replace(/^Pages inactive.*/m, ''),
  ])
    expect(readVmStat(text)).toBeUndefined()
})

test('the memory is asked for once a second at most, and what is free counts where nobody says more', () => {
  const world = { now: 0, asked: 0, text: recorded, total: 16 * 2 ** 30 }
  const available = macMemory({
    run() {
      world.asked++
      if (!world.text) throw new Error('no such program')
      return world.text
    },
    now: () => world.now,
    freeBytes: () => 42,
    totalBytes: world.total,
  })
  expect([available(), available()]).toEqual([readVmStat(recorded) as number, readVmStat(recorded) as number])
  world.text = ''
  world.now = 999
  expect([available(), world.asked]).toEqual([readVmStat(recorded) as number, 1])
  world.now = 1000
  expect([available(), available(), world.asked]).toEqual([42, 42, 2])
  world.text = recorded.replace('398912', '39891200')
  world.now = 2000
  expect(available()).toBe(world.total)
})
