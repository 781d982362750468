import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SeededRandom } from '../../../test/seeded-random.ts'
import { ServerError } from '../../core/errors.ts'
import { type Home, makeHome } from './registry.fixture.ts'

let home: Home
beforeEach(async () => {
  home = await makeHome()
})
afterEach(() => home[Symbol.asyncDispose]())

const names = [
  'one',
  'ONE',
  'two',
  'Tiny.Q8_0',
  'tiny-chat',
  'é',
  '__proto__',
  'a b',
  'x:latest',
  'user',
  'big-00001-of-00002',
]
const folders = ['own', 'own/user/repo', 'own/user/other', 'more', 'more/user/repo', '.lmstudio/models/user/repo']

/** One thing that people and programs do to folders; what cannot be done then is not done. */
async function change(random: SeededRandom): Promise<void> {
  const pick = <Value>(list: readonly Value[]): Value => random.pick(list)
  const path = join(home.path, pick(folders), `${pick(names)}.gguf`)
  const other = join(home.path, pick(folders), `${pick(names)}.gguf`)
  await mkdir(dirname(path), { recursive: true })
  const does = [
    () => home.write(path.slice(home.path.length + 1)),
    () => home.write(path.slice(home.path.length + 1)),
    () => rm(path, { recursive: true }),
    () => truncate(path, 100),
    () => rename(other, path),
    () => symlink(other, path),
    () => mkdir(path),
    () =>
      writeFile(join(home.modelsDir, 'aliases.json'), JSON.stringify({ [pick(names)]: pick(names), y: pick(names) })),
    () => writeFile(join(home.modelsDir, 'aliases.json'), '{'),
  ]
  await pick<() => Promise<unknown>>(does)().catch(() => {})
}

test('whatever lies in the folders, every name means one model, and changes of two servers at once end in an answer', async () => {
  const random = new SeededRandom(7)
  const pick = <Value>(list: readonly Value[]): Value => random.pick(list)
  const more = { folders: [join(home.path, 'more')] }
  const servers = [
    home.registry({}, more),
    home.registry({ settings: [{ id: 'two', aliases: ['one'] }] }, more),
  ] as const
  const known = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (error !== undefined && !(error instanceof ServerError)) throw error
  }
  for (let round = 0; round < 80; round++) {
    await Promise.all([
      change(random),
      ...servers.map((server) => known(server.find(pick(names), 'chat'))),
      round % 5 === 0 ? known(servers[0].remove(pick(names))) : undefined,
      round % 3 === 0 ? known(servers[1].addAlias(pick(['mine', 'one', 'é']), pick(names))) : undefined,
      servers[1].list(),
    ])
    for (const server of servers) {
      server.forget()
      const entries = await server.list()
      const all = entries.flatMap(({ id, aliases }) => [id, ...aliases])
      expect(new Set(all).size, `round ${round}`).toBe(all.length)
      for (const { id, path, aliases } of entries)
        for (const name of [id, ...aliases])
          expect((await server.find(name, 'chat')).path, `${round} ${name}`).toBe(path)
      const problems = (await server.problems()).filter(({ isFolder }) => !isFolder)
      for (const { id } of problems) expect(typeof id).toBe('string')
      const rows = (await server.registered()).map(({ id, state }) => `${state} ${id}`)
      expect(new Set(rows.filter((row) => !row.startsWith('unusable'))).size).toBe(
        rows.filter((row) => !row.startsWith('unusable')).length,
      )
    }
  }
}, 60_000)
