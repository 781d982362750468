import type { GenerationEvent, GenerationRequest } from '../../core/generation.ts'
import type { AddonSampler } from './addon.ts'
import type { AnswerGuide } from './answer/answer-guide.ts'
import type { AnswerPlanner } from './answer/answer-planner.ts'
import { plainReader } from './answer/plain-reader.ts'
import { FakeContext } from './fake-context.fixture.ts'
import { Generator } from './generator.ts'
import type { StateFolder } from './prefix/state-folder.ts'
import { StateStore } from './prefix/state-store.ts'
import type { ChatTemplate } from './prompt/chat-template.ts'
import { PromptReader } from './prompt/prompt-reader.ts'
import type { Run } from './run.ts'
import type { SamplerPool } from './sampling/sampler-pool.ts'
import type { Guesser } from './speculation/speculation.ts'
import type { Vocabulary } from './vocabulary.ts'

/** As much of a vocabulary as a generation looks at: each token is its number and a comma. */
const numbers = {
  size: 1e9,
  isEnd: () => false,
  bytes: (token: number) => new TextEncoder().encode(`${token},`),
  shownBytes: (token: number) => new TextEncoder().encode(`${token},`),
  textOf: (token: number) => `${token},`,
} as unknown as Vocabulary

/** A greedy request that continues tokens. */
export const requestOf = (
  tokens: readonly number[],
  maxTokens = 3,
  more: Partial<GenerationRequest> = {},
): GenerationRequest => ({
  prompt: { type: 'tokens', tokens },
  maxTokens,
  stop: [],
  sampling: { temperature: 0, topP: 1, topK: 0, minP: 0 },
  ...more,
})

interface GeneratorStart {
  readonly slots?: number
  /** Tokens of one request; absent: 64. */
  readonly contextSize?: number
  readonly batchSize?: number
  /** Whether the context can give up a decode; absent: it can. */
  readonly canStop?: boolean
  readonly isEnd?: (token: number) => boolean
  readonly guess?: (run: Run) => number[]
  /** Of requests that have a format. */
  readonly guide?: () => AnswerGuide
  /** Where states are kept, and how long a rest is. */
  readonly folder?: StateFolder
  readonly restMilliseconds?: number
  /** Does a part of what is made ready while nothing is to be decoded; false when nothing is left. */
  readonly prepareMore?: () => boolean
  /** Called each time that a sampler is taken. */
  readonly onTake?: () => void
}

/** Guesses for runs that generate, whether it pays or not. */
const guesserOf = (guess: (run: Run) => number[]): Guesser => ({
  guess: async (runs) => new Map(runs.flatMap((run) => (!run.isReading ? [[run, guess(run)] as const] : []))),
  learn() {},
})

/** A generator over a context that is none. */
export function startGenerator(start: GeneratorStart = {}) {
  const { slots = 2, contextSize = 64, batchSize = 16, isEnd, guess, guide, folder, restMilliseconds, onTake } = start
  const { prepareMore = () => false, canStop = true } = start
  const fake = new FakeContext()
  if (!canStop) Object.defineProperty(fake.context, 'decodeUnlessKnocked', { value: undefined })
  const problems: string[] = []
  const states = folder && openStore(fake, folder, problems)
  const { samplers, inUse } = watchedSamplers(onTake)
  const vocabulary = { ...numbers, ...(isEnd && { isEnd }) }
  const generator = new Generator({
    samplers,
    modelId: 'fake',
    context: fake.context,
    contextSize,
    batchSize,
    slots,
    reuseCosts: { copy: 2, batch: 2, leastSaved: 8 },
    ...(states && { states }),
    ...(restMilliseconds !== undefined && { restMilliseconds }),
    vocabulary,
    prompts: new PromptReader({ modelId: 'fake', vocabulary, template: {} as ChatTemplate }),
    planner: {
      prepareMore,
      plan: ({ format }: GenerationRequest) => ({
        reader: plainReader(),
        showsSpecial: false,
        ...(guide && format && { guide: guide() }),
      }),
    } as unknown as AnswerPlanner,
    ...(guess && { guesser: guesserOf(guess) }),
  })
  return { fake, generator, inUse, problems, ...callsOf(generator) }
}

function callsOf(generator: Generator) {
  const runAll = async (call: GenerationRequest, signal = new AbortController().signal) => {
    const events: GenerationEvent[] = []
    for await (const event of generator.generate(call, signal)) events.push(event)
    return events
  }
  const run = async (call: GenerationRequest, signal?: AbortSignal) => {
    const end = (await runAll(call, signal)).at(-1)
    if (end?.type !== 'generation-end') throw new Error('a generation did not end with its end')
    return end
  }
  return { run, runAll }
}

/** What is wrong with states is put into `problems`. */
const openStore = ({ context }: FakeContext, folder: StateFolder, problems: string[]) =>
  new StateStore({
    context,
    folder,
    identity: 'fake',
    contextSize: 64,
    bytesPerToken: 4,
    onProblem: (problem) => problems.push(problem),
  })

/** A pool, and the samplers of it that are in use. */
function watchedSamplers(onTake?: () => void) {
  const inUse = new Set<AddonSampler>()
  const samplers = {
    take() {
      onTake?.()
      const sampler = { applyConfig() {} } as unknown as AddonSampler
      inUse.add(sampler)
      return sampler
    },
    giveBack: (sampler: AddonSampler) => void inUse.delete(sampler),
  }
  return { samplers: samplers as unknown as SamplerPool, inUse }
}
