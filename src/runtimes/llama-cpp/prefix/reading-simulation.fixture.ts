import { planBatch } from '../batch-plan.ts'
import type { Run } from '../run.ts'
import { sharedPrefix } from '../slot.ts'
import { choosePreparation } from './choose-preparation.ts'
import type { ReuseCosts } from './reuse-costs.ts'

/** All times are in tokens that could have been read. */
export interface Request {
  readonly arrivesAt: number
  readonly prompt: readonly number[]
  /** What its slot holds from before. */
  readonly held: readonly number[]
  /** When its client goes away. */
  readonly leavesAt?: number
}

interface World {
  readonly costs: ReuseCosts
  readonly isDivisible: boolean
  /** Tokens. */
  readonly batch: number
}

interface Reader {
  readonly request: Request
  readonly run: Run
  wait?: { readonly reader: Reader; readonly tokens: number }
  isReady: boolean
  doneAt?: number
}

/** Requests that read their prompts in slots of their own, by the rules of the batch plan, until all are done. */
export function simulate(requests: readonly Request[], world: World) {
  const readers = requests.map(makeReader)
  const isHere = ({ request, doneAt }: Reader) => request.arrivesAt <= now && doneAt === undefined
  const outcome = { read: 0, waits: 0, isStuck: false, doneAt: [] as number[] }
  let now = 0
  while (readers.some(({ doneAt }) => doneAt === undefined)) {
    for (const reader of readers)
      if (isHere(reader) && (reader.request.leavesAt ?? Infinity) <= now) reader.doneAt = now
    const here = readers.filter(isHere)
    for (const reader of here) if (!reader.isReady) now += prepare(reader, readers, { world, outcome })
    const ready = here.filter(({ isReady }) => isReady).map(({ run }) => run)
    const parts = planBatch(ready, new Map(), { tokens: world.batch, tokensWithLogits: 1 })
    if (parts.length === 0 && here.length > 0) return { ...outcome, isStuck: true }
    for (const { run, tokens } of parts) {
      run.slot.tokens.push(...tokens)
      outcome.read += tokens.length
      now += tokens.length
    }
    now += here.length > 0 ? (world.costs.batch === Number.POSITIVE_INFINITY ? 4 : world.costs.batch) : 1
    for (const reader of here) if (reader.isReady && !reader.run.isReading) reader.doneAt ??= now
  }
  outcome.doneAt = readers.map(({ doneAt = 0 }) => doneAt)
  return outcome
}

function makeReader(request: Request, sequence: number): Reader {
  const slot = { sequence, tokens: [...request.held], isBusy: true, lastUsed: 0 }
  const tokens = [...request.prompt]
  const run = {
    slot,
    tokens,
    promptLength: tokens.length,
    get pending() {
      return tokens.length - slot.tokens.length
    },
    get isReading() {
      return slot.tokens.length < tokens.length
    },
  }
  return { request, run: run as unknown as Run, isReady: false }
}

interface Progress {
  readonly world: World
  readonly outcome: { waits: number }
}

/** Answers what it cost. */
function prepare(reader: Reader, all: readonly Reader[], { world, outcome }: Progress): number {
  const { wait, run } = reader
  if (wait && wait.reader.doneAt === undefined && wait.reader.run.slot.tokens.length < wait.tokens) {
    if (!wait.reader.isReady) throw new Error('one who waits is waited for')
    return 0
  }
  const holderOf = ({ run: other, isReady, doneAt }: Reader) => ({
    slot: other.slot,
    isDivisible: world.isDivisible,
    ...(isReady && doneAt === undefined && other.isReading && { reading: other.tokens }),
  })
  const choice = choosePreparation({
    prompt: run.tokens,
    own: holderOf(reader),
    others: all.filter((other) => other !== reader).map(holderOf),
    saved: 0,
    costs: world.costs,
    divisibleBelow: Number.POSITIVE_INFINITY,
  })
  if (choice.type === 'wait') {
    outcome.waits++
    const awaited = all.find(({ run: other }) => other.slot.sequence === choice.sequence)
    if (awaited) reader.wait = { reader: awaited, tokens: choice.tokens }
    return 0
  }
  const source = choice.type === 'copy' ? all.find(({ run: other }) => other.slot.sequence === choice.sequence) : reader
  const held = source?.run.slot.tokens ?? []
  const kept = Math.min(sharedPrefix(held, run.tokens), run.tokens.length - 1)
  run.slot.tokens = kept === held.length || world.isDivisible ? held.slice(0, kept) : []
  reader.isReady = true
  return choice.type === 'copy' ? world.costs.copy : 0
}
