import { expect, test } from 'bun:test'
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FakeContext } from '../fake-context.fixture.ts'
import type { Slot } from '../slot.ts'
import { readStateFile } from './state-file.ts'
import type { StateFolder } from './state-folder.ts'
import { StateStore } from './state-store.ts'
import { statesFolder } from './states-folder.fixture.ts'

function start(folder: StateFolder, identity = 'model', availableBytes?: () => number) {
  const fake = new FakeContext()
  const problems: string[] = []
  const told: number[] = []
  const store = new StateStore({
    context: fake.context,
    folder,
    identity,
    contextSize: 64,
    bytesPerToken: 4,
    onProblem: (problem) => problems.push(problem),
    onBytes: (bytes) => told.push(bytes),
    ...(availableBytes && { availableBytes }),
  })
  const slots: Slot[] = [0, 1].map((sequence) => ({ sequence, tokens: [], isBusy: true, lastUsed: 0 }))
  const [first, second] = slots as [Slot, Slot]
  const fill = async (slot: Slot, tokens: number[]) => {
    fake.disposeSequence(slot.sequence)
    fake.initBatch(tokens.length)
    fake.addToBatch(slot.sequence, 0, Uint32Array.from(tokens), new Uint32Array())
    await fake.decodeBatch()
    slot.tokens = tokens
  }
  const save = async (tokens: number[]) => {
    await fill(first, tokens)
    await store.save(first)
  }
  return { fake, store, problems, told, first, second, fill, save }
}

const filesOf = ({ path }: StateFolder) => readdirSync(path).map((name) => join(path, name))

test('what one slot held comes back in another, and the files are for their owner alone', async () => {
  using folder = statesFolder()
  const { store, second, save, problems } = start(folder)
  await save([1, 2, 3])
  expect(filesOf(folder).map((path) => statSync(path).mode & 0o777)).toEqual([0o600])
  const found = store.best([1, 2, 3, 4])
  expect(found?.tokens).toBe(3)
  expect(found && (await store.restore(second, found.state))).toBe(true)
  expect([second.tokens, problems]).toEqual([[1, 2, 3], []])
})

test('files are bounded by bytes, and the oldest go', async () => {
  using folder = statesFolder(500)
  const { store, save } = start(folder)
  for (const token of [1, 2, 3, 4]) await save([token, ...Array(9).fill(9)])
  expect(filesOf(folder).reduce((sum, path) => sum + statSync(path).size, 0)).toBeLessThanOrEqual(500)
  expect([1, 2, 3, 4].map((token) => store.covered([token]))).toEqual([0, 0, 1, 1])
  await save(Array.from({ length: 60 }, (_, index) => index))
  expect(store.covered([4])).toBe(1)
})

test('a state that could not be written leaves nothing behind', async () => {
  using folder = statesFolder()
  const { fake, store, save, problems } = start(folder)
  fake.saveSequenceStateToFile = async (path) => {
    writeFileSync(path, 'half')
    throw new Error('no room')
  }
  await save([1, 2, 3])
  expect([filesOf(folder), store.covered([1])]).toEqual([[], 0])
  expect(problems).toEqual([expect.stringContaining('no room')])
})

test('a later process finds the states of the same model, and not those of another', async () => {
  using folder = statesFolder(2 ** 20, true)
  await start(folder).save([1, 2, 3])
  const other = start(folder, 'other')
  expect([other.store.best([1, 2, 3, 4]), other.problems.length]).toEqual([undefined, 1])
  await start(folder).save([1, 2, 3])
  const { store, second } = start(folder)
  const found = store.best([1, 2, 3, 4])
  expect(found && (await store.restore(second, found.state))).toBe(true)
})

test('a file that is broken anywhere is dropped before llama.cpp sees it', async () => {
  using folder = statesFolder(2 ** 20, true)
  await start(folder).save([1, 2, 3])
  const [path = ''] = filesOf(folder)
  const whole = readFileSync(path)
  const damages: (() => void)[] = [
    ...Array.from({ length: whole.length }, (_, length) => () => truncateSync(path, length)),
    ...Array.from({ length: whole.length }, (_, at) => () => {
      const changed = Buffer.from(whole)
      changed[at] = (changed[at] ?? 0) ^ 0x10
      writeFileSync(path, changed)
    }),
    () => writeFileSync(path, 'ggsq is not enough'),
  ]
  for (const damage of damages) {
    writeFileSync(path, whole)
    const { fake, store, second, problems } = start(folder)
    const found = store.best([1, 2, 3, 4])
    if (!found) throw new Error('the state is not there')
    damage()
    // A change of the mark for memory that can be divided is the only one that does no harm.
    const isRight = () => readStateFile(path, 'model', true).tokens.join() === '1,2,3'
    if (!(await store.restore(second, found.state))) {
      expect([fake.loads, problems.length, filesOf(folder), second.tokens]).toEqual([0, 1, [], []])
      expect(store.best([1, 2, 3, 4])).toBeUndefined()
    } else expect(isRight()).toBe(true)
  }
})

test('broken files are dropped at the start, and what an unfinished write left', async () => {
  using folder = statesFolder(2 ** 20, true)
  await start(folder).save([1, 2, 3])
  const [path = ''] = filesOf(folder)
  truncateSync(path, 20)
  const name = 'f'.repeat(32)
  writeFileSync(join(folder.path, `${name}.4194305.part`), 'half')
  writeFileSync(join(folder.path, 'notes.txt'), 'of somebody else')
  const { problems } = start(folder)
  expect(problems).toEqual([expect.stringContaining('it is not whole')])
  expect(readdirSync(folder.path)).toEqual(['notes.txt'])
})

test('where the machine has little memory left, states go and no more are kept; what they take is told', async () => {
  using folder = statesFolder()
  let available = 2 ** 40
  const { save, store, told } = start(folder, 'model', () => available)
  await save([1, 2, 3])
  await save([4, 5, 6])
  const sizes = filesOf(folder).map((path) => statSync(path).size)
  expect(told.at(-1)).toBe(sizes.reduce((sum, size) => sum + size, 0))
  available = 1000
  await save([7, 8, 9])
  expect(filesOf(folder)).toEqual([])
  expect(told.at(-1)).toBe(0)
  available = 2 ** 40
  await save([7, 8, 9])
  expect(store.covered([7, 8, 9])).toBe(3)
})
