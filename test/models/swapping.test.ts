import { expect, test } from 'bun:test'
import { constants, copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processMemoryBytes } from '../../src/platform/process-memory.ts'
import type { ModelMemory } from '../../src/protocol/management/models.wire.ts'
import type { Stats } from '../../src/protocol/management/stats.wire.ts'
import { post } from '../expect-answers.ts'
import { collectingProgram, growthOf, settle } from '../holdings.ts'
import { modelProcesses } from '../processes.ts'
import { realModels } from '../real-models.ts'
import { SeededRandom } from '../seeded-random.ts'
import { type Hearth, startHearth } from '../start-hearth.ts'

const mebibyte = 2 ** 20
const chats = ['left', 'right'] as const
const embedder = 'vectors'
const clients = 8
const requests = 200

/** A folder with three models of which two are twins, so that no request is more expensive than another one. */
async function makeFolder(): Promise<string> {
  const models = await realModels()
  const folder = mkdtempSync(join(tmpdir(), 'hearth-swapping-'))
  symlinkSync(models.chat, join(folder, `${chats[0]}.gguf`))
  // A link to the same file would be another name of the same model.
  copyFileSync(models.chat, join(folder, `${chats[1]}.gguf`), constants.COPYFILE_FICLONE)
  symlinkSync(models.embedding, join(folder, `${embedder}.gguf`))
  return folder
}

const start = (folder: string, flags: readonly string[] = []) => {
  const small = ['--preload=false', '--auto-pull=false', '--n-ctx', '256', '--slots', '2']
  return startHearth({
    modelsFolder: folder,
    by: collectingProgram,
    flags: [...small, '--prompt-cache-memory', '8', '--max-queue', '256', ...flags],
  })
}

const get = async <Reply>(url: string, path: string): Promise<Reply> =>
  (await fetch(url + path)).json() as Promise<Reply>
const unloadAll = (url: string) => post(url, '/v1/models/unload', { all: true })

const bytesOf = (processes: readonly number[]) => processes.reduce((sum, id) => sum + (processMemoryBytes(id) ?? 0), 0)

/** What the processes of the models take now. */
const modelBytes = (server: Hearth) => bytesOf(modelProcesses(server.processId))

/** Bytes that the models are counted with, told by a server that has them all: a limit that holds any two, and never three. */
async function findLimit(folder: string): Promise<number> {
  await using server = await start(folder)
  for (const model of [...chats, embedder]) await post(server.url, '/v1/models/load', { model })
  const { data } = await get<{ data: ModelMemory[] }>(server.url, '/v1/resources/loaded-models')
  const sizeOf = (id: string) => {
    const model = data.find((one) => one.id === id)
    const { estimate, measured_main_bytes = 0 } = model as ModelMemory
    return Math.max(estimate.main_bytes, measured_main_bytes)
  }
  return 2 * sizeOf('left') + sizeOf(embedder) * 0.6
}

interface Outcomes {
  readonly counts: Map<string, number>
  readonly problems: string[]
}

/** One request of any kind; those who are in no hurry read all of it, others leave in the middle. */
async function ask(url: string, random: SeededRandom, { counts, problems }: Outcomes): Promise<void> {
  const kind = random.pick(['whole', 'streamed', 'vectors', 'left'] as const)
  const count = (outcome: string) => counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  const model = random.pick(chats)
  const messages = [{ role: 'user', content: `Say something about the number ${random.between(0, 999)}.` }]
  const leaving = new AbortController()
  if (kind === 'left') setTimeout(() => leaving.abort(), random.between(0, 400))
  const send = (path: string, body: object) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: leaving.signal,
    })
  try {
    const response =
      kind === 'vectors'
        ? await send('/v1/embeddings', { model: embedder, input: ['one text', messages[0]?.content] })
        : await send('/v1/chat/completions', { model, messages, max_tokens: 6, stream: kind !== 'whole' })
    const text = await response.text()
    const isWhole =
      kind === 'vectors'
        ? text.includes('"embedding":[')
        : kind === 'whole'
          ? text.includes('"finish_reason":"')
          : text.trimEnd().endsWith('data: [DONE]')
    if (response.status === 200 && isWhole && !text.includes('"error"'))
      count(kind === 'left' ? 'answered in time' : kind)
    else problems.push(`${kind} of ${model}: ${response.status} ${text.slice(0, 300)}`)
  } catch (error) {
    if (leaving.signal.aborted) count('left')
    else problems.push(`${kind} of ${model}: ${error}`)
  }
}

/** All clients at once, so many requests each, one after the other. */
async function crowd(url: string, each: number, seed: number): Promise<Outcomes> {
  const outcomes: Outcomes = { counts: new Map(), problems: [] }
  const client = async (_: unknown, index: number) => {
    const random = new SeededRandom(seed + index)
    for (let number = 0; number < each; number++) await ask(url, random, outcomes)
  }
  await Promise.all(Array.from({ length: clients }, client))
  return outcomes
}

/** Looks at the memory all the time; the most that there was. */
function watch(server: Hearth): { stop(): { readonly mostBytes: number; readonly looks: number } } {
  let [mostBytes, looks] = [0, 0]
  const timer = setInterval(() => {
    looks++
    mostBytes = Math.max(mostBytes, modelBytes(server))
  }, 25)
  return {
    stop() {
      clearInterval(timer)
      return { mostBytes, looks }
    },
  }
}

test.skipIf(process.platform !== 'linux')(
  'three models share the memory of two: all are answered, the limit is kept, and all of it comes back',
  async () => {
    const folder = await makeFolder()
    try {
      const limit = Math.floor((await findLimit(folder)) / mebibyte)
      await using server = await start(folder, ['--memory-limit', String(limit)])
      // The server itself grows to what serving takes before it is measured.
      expect((await crowd(server.url, 10, 1)).problems).toEqual([])
      await unloadAll(server.url)
      const before = await settle(server)
      const earlier = (await get<Stats>(server.url, '/v1/stats')).total

      const watching = watch(server)
      const outcomes = await crowd(server.url, requests / clients, 100)
      const { mostBytes, looks } = watching.stop()
      const resident = (await get<{ data: ModelMemory[] }>(server.url, '/v1/resources/loaded-models')).data
      await unloadAll(server.url)
      const { total } = await get<Stats>(server.url, '/v1/stats')
      const after = await settle(server)

      expect(outcomes.problems).toEqual([])
      expect([...outcomes.counts.values()].reduce((sum, count) => sum + count, 0)).toBe(requests)
      for (const kind of ['whole', 'streamed', 'vectors', 'left']) expect([...outcomes.counts.keys()]).toContain(kind)
      expect(looks).toBeGreaterThan(20)
      expect(mostBytes / mebibyte).toBeGreaterThan(limit / 2)
      expect(mostBytes / mebibyte).toBeLessThanOrEqual(limit)
      expect(resident.length).toBeLessThanOrEqual(2)
      const since = (name: 'loads' | 'evictions' | 'unloads') => total[name] - earlier[name]
      expect(since('evictions')).toBeGreaterThan(0)
      expect(since('loads')).toBe(since('evictions') + resident.length)
      expect(since('unloads')).toBe(resident.length)
      expect([total.failed_loads, total.crashes]).toEqual([0, 0])
      expect(modelBytes(server)).toBe(0)
      expect(modelProcesses(server.processId)).toEqual([])
      expect(growthOf(before, after)).toEqual([])
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
  120_000,
)
