import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeEmbedded, usualNames } from './embedded.fixture.ts'
import { findDamaged } from './find-damaged.ts'
import { unpackLibraries } from './unpack-libraries.ts'

// Dozens of processes a test.
setDefaultTimeout(120_000)

let top: string
beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-interrupted-')))
})
afterEach(() => rmSync(top, { recursive: true, force: true }))

const folder = '1.2.3-abcdef012345'
const unpackTo = (place: string) => unpackLibraries(makeEmbedded(place), join(place, 'native'))

/** What a start may find. */
const beginnings: readonly [string, (place: string) => Promise<unknown>][] = [
  ['a first start', async () => {}],
  [
    'one that repairs',
    async (place) => {
      const unpacked = await unpackTo(place)
      chmodSync(join(unpacked, 'libggml.so'), 0o700)
      writeFileSync(join(unpacked, 'libggml.so'), 'cont')
      rmSync(join(unpacked, 'c++-runtime'), { recursive: true })
    },
  ],
  ['one that finds no stamp', async (place) => rmSync(join(await unpackTo(place), '.unpacked.json'))],
  [
    'one that removes another version',
    async (place) => {
      const old = await unpackLibraries(makeEmbedded(place, { version: '1.0.0' }), join(place, 'native'))
      utimesSync(join(old, '.unpacked.json'), 1e9, 1e9)
    },
  ],
  [
    'one after a long time',
    async (place) => {
      utimesSync(join(await unpackTo(place), '.unpacked.json'), 1e9, 1e9)
    },
  ],
]

interface Interrupted {
  readonly place: string
  /** Absent: it was killed. */
  readonly said: string | undefined
}

/** One process for each change to the disk that it would make, each in a place of its own. */
async function interruptEverywhere(begin: (place: string) => Promise<unknown>, event: string): Promise<Interrupted[]> {
  const found: Interrupted[] = []
  for (let first = 1; ; first += 8) {
    const batch = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const place = join(top, `${first + index}`)
        mkdirSync(place)
        await begin(place)
        const script = join(import.meta.dir, 'interrupted.fixture.ts')
        const child = Bun.spawn([process.execPath, script, place, event, `${first + index}`], { stderr: 'inherit' })
        const [reached, said] = (await new Response(child.stdout).text()).split('\n')
        return reached === 'reached' ? { place, said: said || undefined } : undefined
      }),
    )
    found.push(...batch.filter((each) => each !== undefined))
    if (batch.includes(undefined)) return found
  }
}

const filesOf = (place: string) =>
  readdirSync(join(place, 'native'), { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(place.length + 1))
    .sort()
const namesIn = (path: string) => (existsSync(path) ? readdirSync(path) : [])
const allFiles = ['.unpacked.json', ...usualNames].map((name) => join('native', folder, name))

describe.each(beginnings)('%s', (name, begin) => {
  test('may be killed before any change that it makes: the next one works, and nothing is left', async () => {
    const all = await interruptEverywhere(begin, 'kill')
    expect(all.length).toBeGreaterThan(0)
    for (const { place, said } of all) {
      expect(said).toBeUndefined()
      await unpackTo(place)
      expect(filesOf(place)).toEqual(allFiles)
      expect(readdirSync(join(place, 'native'))).toEqual([folder])
    }
  })

  test.each(['ENOSPC', 'ESTALE'])('that fails at any change with %s says so or works', async (code) => {
    for (const { place, said } of await interruptEverywhere(begin, code)) {
      expect(said).toMatch(/^unpacked$|^The native libraries cannot be used: .*native\/1\.2\.3-abcdef012345/)
      const leftovers = namesIn(join(place, 'native')).filter((name) => name.startsWith('.'))
      // Who is kept from removing something cannot remove it.
      expect(leftovers.length).toBeLessThanOrEqual(said === 'unpacked' ? 1 : 0)
      await unpackTo(place)
      expect(filesOf(place)).toEqual(allFiles)
    }
  })

  // Other versions are removed when all is done, and nobody removes what was used a moment ago.
  if (!name.includes('another version'))
    test('works when somebody else removes the folder in the middle of it', async () => {
      for (const { place, said } of await interruptEverywhere(begin, 'remove')) {
        if (said !== 'unpacked') throw new Error(said)
        expect(await findDamaged(join(place, 'native', folder), makeEmbedded(place).files.slice(0, 3))).toEqual([])
      }
    })
})
