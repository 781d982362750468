import { expect, test } from 'bun:test'
import type { Case, Group, Server, ServerPlan } from './benchmark.ts'
import { type RunOptions, runGroup } from './run-group.ts'

/** A group whose servers are none, and everything that is done with them. */
function recordedGroup(cases: readonly Case[]) {
  const events: string[] = []
  const plan = (name: string): ServerPlan => ({
    name,
    async start() {
      events.push(`start ${name}`)
      return {
        url: name,
        processId: name === 'A' ? 1 : 2,
        modelProcessId: () => 0,
        async [Symbol.asyncDispose]() {
          events.push(`stop ${name}`)
        },
      }
    },
  })
  const group: Group = {
    title: 'a group',
    configuration: 'none',
    servers: [plan('A'), plan('B')],
    comparisons: [{ left: 'A', right: 'B' }],
    async warmUp({ url }: Server) {
      events.push(`warm ${url}`)
    },
    cases,
  }
  return { group, events }
}

const options = (overrides: Partial<RunOptions> = {}): RunOptions => ({
  rounds: 1,
  isChosen: () => true,
  untilQuiet: async () => {},
  processorMilliseconds: () => 0,
  onProgress() {},
  onDoubt() {},
  ...overrides,
})

/** Measures the seed, and notes who was asked. */
const seedCase = (asked: string[], id = 'seed'): Case => ({
  id,
  title: id,
  values: [{ unit: 'ms', better: 'less' }],
  async measure({ server, seed }) {
    asked.push(server.url)
    return [seed]
  },
})

test('servers of a start live side by side, are warm before anything is measured, and end with it', async () => {
  const events: string[] = []
  const recorded = recordedGroup([seedCase(events)])
  await runGroup(recorded.group, options())
  expect(recorded.events).toEqual(['start A', 'start B', 'warm A', 'warm B', 'stop B', 'stop A'])
})

test('in each round the servers take turns, forwards and backwards, and both get the same seed', async () => {
  const asked: string[] = []
  const [result] = await runGroup(recordedGroup([seedCase(asked)]).group, options({ rounds: 5 }))
  expect(asked.join('')).toBe('ABBAAB' + 'BAAB')
  const { A = [], B = [] } = result?.rounds ?? {}
  expect(A).toHaveLength(5)
  expect(A).toEqual(B)
  expect(new Set(A.flat()).size).toBe(5)
})

test('later starts begin with the other server', async () => {
  const { group, events } = recordedGroup([seedCase([])])
  await runGroup(group, options({ rounds: 4 }))
  expect(events.filter((event) => event.startsWith('start'))).toEqual(['start A', 'start B', 'start B', 'start A'])
})

test('only the chosen cases are measured, and no more rounds than the group has use for', async () => {
  const asked: string[] = []
  const { group } = recordedGroup([seedCase(asked, 'one'), seedCase(asked, 'two')])
  const results = await runGroup({ ...group, mostRounds: 2 }, options({ rounds: 9, isChosen: (id) => id === 'two' }))
  expect(results.map(({ case: { id }, rounds }) => [id, rounds.A?.length])).toEqual([['two', 2]])
  expect(asked).toHaveLength(4)
})

test('the machine is looked at before each start and each case', async () => {
  let looks = 0
  const untilQuiet = async () => {
    looks++
  }
  const { group } = recordedGroup([seedCase([], 'one'), seedCase([], 'two')])
  await runGroup(group, options({ rounds: 4, untilQuiet }))
  expect(looks).toBe(2 * (1 + 2))
})

test('servers end when the machine becomes busy', async () => {
  const { group, events } = recordedGroup([seedCase([])])
  let looks = 0
  const untilQuiet = async () => {
    if (++looks === 2) throw new Error('busy')
  }
  await expect(runGroup(group, options({ untilQuiet }))).rejects.toThrow('busy')
  expect(events.slice(-2)).toEqual(['stop B', 'stop A'])
})

test('a round that fails on one server is lost on both and told of, and the others go on', async () => {
  const doubts: string[] = []
  let measured = 0
  const failing: Case = {
    ...seedCase([], 'failing'),
    async measure({ server, seed }) {
      if (++measured === 2) throw new Error(`${server.url} broke`)
      return [seed]
    },
  }
  const { group } = recordedGroup([failing, seedCase([], 'next')])
  const results = await runGroup(group, options({ rounds: 2, onDoubt: (line) => doubts.push(line) }))
  expect(doubts).toEqual(['failing: a round is lost: B broke'])
  expect(results.map(({ rounds: { A = [], B = [] } }) => [A.length, B.length])).toEqual([
    [1, 1],
    [2, 2],
  ])
})

test('doubts name their case and their server', async () => {
  const doubts: string[] = []
  const doubtful: Case = {
    ...seedCase([]),
    async measure({ doubt }) {
      doubt('it rains.')
      return [1]
    },
  }
  await runGroup(recordedGroup([doubtful]).group, options({ onDoubt: (line) => doubts.push(line) }))
  expect(doubts).toEqual(['seed, A: it rains.', 'seed, B: it rains.'])
})

test('a server that computes while the other one is measured is told of', async () => {
  const doubts: string[] = []
  const used = new Map<number, number>()
  const processorMilliseconds = (processId: number) => {
    used.set(processId, (used.get(processId) ?? 0) + (processId === 2 ? 500 : 0))
    return used.get(processId) ?? 0
  }
  const { group } = recordedGroup([seedCase([])])
  await runGroup(group, options({ processorMilliseconds, onDoubt: (line) => doubts.push(line) }))
  expect(doubts).toEqual([expect.stringMatching(/^seed, A: B was not idle beside it: it used 500 ms /)])
})
