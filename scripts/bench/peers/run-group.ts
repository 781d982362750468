import type { Case, CaseResult, Group, Server, ServerPlan } from './benchmark.ts'
import { splitRounds, turnOrder } from './statistics.ts'

export interface RunOptions {
  /** Pairs of each case. */
  readonly rounds: number
  readonly isChosen: (id: string) => boolean
  /** Resolves when the machine is quiet enough to measure; rejects when it does not become so. */
  readonly untilQuiet: () => Promise<void>
  /** Processor time that a process and its children have used so far. */
  readonly processorMilliseconds: (processId: number) => number
  readonly onProgress: (line: string) => void
  /** What makes a number doubtful. */
  readonly onDoubt: (line: string) => void
}

/** Pairs that one start of the servers serves. */
const roundsPerStart = 3
/** Of the time of a measurement, for a server that has nothing to do. */
const idleShare = 0.03
const idleMilliseconds = 20

let seeds = 0

/**
 * Runs the chosen cases of a group: every few rounds all of its servers are started afresh and live side by side; in each
 * round each case is measured on one after the other, forwards and backwards in turns. A round that fails on one of them is lost
 * on all, and told of. Rejects when a server does not start and when the machine does not become quiet.
 */
export async function runGroup(group: Group, options: RunOptions): Promise<readonly CaseResult[]> {
  const cases = group.cases.filter(({ id }) => options.isChosen(id))
  await group.prepare?.()
  const rounds = new Map(cases.map(({ id }) => [id, emptyRounds(group)]))
  for (const [start, count] of splitRounds(
    Math.min(options.rounds, group.mostRounds ?? Infinity),
    roundsPerStart,
  ).entries()) {
    await options.untilQuiet()
    await using stack = new AsyncDisposableStack()
    const servers = new Map<string, Server>()
    for (const plan of turnOrder(group.servers, start)) servers.set(plan.name, stack.use(await plan.start()))
    for (const one of turnOrder(group.servers, start)) await group.warmUp(serverOf(servers, one))
    for (const item of cases) {
      await options.untilQuiet()
      for (let round = 0; round < count; round++) {
        const numbers = await measureRound(item, { group, servers, turn: start + round, options }).catch((error) => {
          options.onDoubt(`${item.id}: a round is lost: ${error instanceof Error ? error.message : error}`)
          return new Map<string, readonly number[]>()
        })
        for (const [name, values] of numbers) rounds.get(item.id)?.[name]?.push(values)
      }
    }
  }
  return cases.map((item) => ({ case: item, rounds: rounds.get(item.id) ?? {} }))
}

interface Round {
  readonly group: Group
  readonly servers: ReadonlyMap<string, Server>
  readonly turn: number
  readonly options: RunOptions
}

/** The numbers of one round, by the names of the servers. */
async function measureRound(item: Case, { group, servers, turn, options }: Round) {
  const seed = ++seeds
  const numbers = new Map<string, readonly number[]>()
  for (const plan of turnOrder(group.servers, turn)) {
    const server = serverOf(servers, plan)
    const others = group.servers.filter((other) => other !== plan)
    const before = others.map((other) => options.processorMilliseconds(serverOf(servers, other).processId))
    const doubt = (reason: string) => options.onDoubt(`${item.id}, ${plan.name}: ${reason}`)
    const startedAt = performance.now()
    numbers.set(plan.name, await item.measure({ server, seed, start: plan.start, doubt }))
    const milliseconds = performance.now() - startedAt
    for (const [index, other] of others.entries()) {
      const used = options.processorMilliseconds(serverOf(servers, other).processId) - (before[index] ?? 0)
      if (used > idleMilliseconds + idleShare * milliseconds) {
        const duration = `${Math.round(used)} ms of processor time in ${Math.round(milliseconds)} ms`
        doubt(`${other.name} was not idle beside it: it used ${duration}.`)
      }
    }
  }
  options.onProgress(`${item.id}: ${[...numbers].map(([name, values]) => `${name} ${values.map(short)}`).join(', ')}`)
  return numbers
}

const emptyRounds = (group: Group): Record<string, (readonly number[])[]> =>
  Object.fromEntries(group.servers.map(({ name }) => [name, []]))

function serverOf(servers: ReadonlyMap<string, Server>, { name }: ServerPlan): Server {
  const server = servers.get(name)
  if (!server) throw new Error(`${name} was not started.`)
  return server
}

const short = (number: number) => Number(number.toPrecision(4))
