import { abortedEnd } from '../../core/aborted-end.ts'
import { messageOf, ServerError } from '../../core/errors.ts'
import { EventQueue } from '../../core/event-queue.ts'
import type {
  GenerationEvent,
  GenerationRequest,
  MessagesPrompt,
  OutputFormat,
  RenderedPrompt,
} from '../../core/generation.ts'
import type { AddonContext } from './addon.ts'
import { GuideProblem } from './answer/answer-guide.ts'
import type { AnswerPlanner } from './answer/answer-planner.ts'
import { joinEvents } from './answer/join-events.ts'
import { BatchLoop } from './batch-loop.ts'
import type { Prefixes } from './prefix/open-prefixes.ts'
import { Rest } from './prefix/rest.ts'
import { SlotPreparer } from './prefix/slot-preparer.ts'
import { grammarRefused } from './prompt/grammar-cache.ts'
import { demandKnownTokens } from './prompt/known-tokens.ts'
import type { PromptReader, ReadRequest } from './prompt/prompt-reader.ts'
import { Run, type RunPlan, roomOf } from './run.ts'
import { ChanceReader } from './sampling/chance-reader.ts'
import type { SamplerPool } from './sampling/sampler-pool.ts'
import { TokenSampler } from './sampling/token-sampler.ts'
import { chooseSlot, makeSlots, type Slot } from './slot.ts'
import type { Guesser } from './speculation/speculation.ts'
import type { Vocabulary } from './vocabulary.ts'

interface GeneratorOptions extends Prefixes {
  readonly samplers: SamplerPool
  readonly modelId: string
  readonly context: AddonContext
  /** Tokens of one request. */
  readonly contextSize: number
  readonly batchSize: number
  readonly slots: number
  /** How long nothing may happen before states are kept that outlive the process, and what is needed later is made ready. */
  readonly restMilliseconds?: number
  readonly vocabulary: Vocabulary
  readonly prompts: PromptReader
  readonly planner: AnswerPlanner
  readonly guesser?: Guesser
}

/** Long enough that whoever waited for the model to load is served first. */
const readinessMilliseconds = 100
/** How long a request that comes may have to wait for what is made ready. */
const pieceMilliseconds = 5

/** A request that was found good. */
interface Ready extends ReadRequest {
  readonly request: GenerationRequest
  readonly runPlan: RunPlan
  readonly startedAt: number
}

/** Generates text in the slots of one llama.cpp context. */
export class Generator {
  readonly #options: GeneratorOptions
  readonly #slots: readonly Slot[]
  readonly #preparer: SlotPreparer
  readonly #loop: BatchLoop
  readonly #rest: Rest
  readonly #readiness: Rest
  #isReady = false
  #isClosing = false
  readonly #waiting: (() => void)[] = []
  #uses = 0

  constructor(options: GeneratorOptions) {
    this.#options = options
    this.#slots = makeSlots(options.slots)
    const { context, batchSize, guesser, vocabulary } = options
    this.#preparer = new SlotPreparer({ ...options, slots: this.#slots, costs: options.reuseCosts })
    this.#loop = new BatchLoop({
      context,
      batchSize,
      vocabularySize: vocabulary.size,
      preparer: this.#preparer,
      ...(guesser && { guesser }),
      onFree: () => this.#waiting.shift()?.(),
    })
    this.#rest = new Rest(() => this.#loop.whileIdle((isWanted) => this.#preparer.keepAll(isWanted)))
    this.#readiness = new Rest(() => this.#loop.whileIdle((isWanted) => this.#makeReady(isWanted)))
    this.#readiness.begin(options.restMilliseconds ?? readinessMilliseconds)
  }

  /** Before the context is disposed of. */
  async close(): Promise<void> {
    this.#isClosing = true
    await this.#rest.close()
    await this.#readiness.close()
    this.#options.states?.close()
  }

  /** Does a short work when no decode is running, so that it slows none. */
  betweenBatches<T>(work: () => T): Promise<T> {
    return this.#loop.between(work)
  }

  /** As `LoadedModel.render`. */
  render(prompt: MessagesPrompt, format: OutputFormat | undefined, signal: AbortSignal): Promise<RenderedPrompt> {
    return this.betweenBatches(() => {
      signal.throwIfAborted()
      const { text, tokens } = this.#options.prompts.read({ prompt, ...(format && { format }) })
      return { text, tokens }
    })
  }

  /** As `LoadedModel.generate`. */
  async *generate(request: GenerationRequest, signal: AbortSignal): AsyncGenerator<GenerationEvent> {
    const startedAt = performance.now()
    const ready = await this.betweenBatches(() => this.#read(request, startedAt))
    const slot = await this.#freeSlot(ready.tokens)
    if (signal.aborted) {
      this.#giveBack(slot)
      yield abortedEnd(ready.tokens.length)
      return
    }
    const queue = new EventQueue<GenerationEvent>((event) => event.type === 'generation-end', joinEvents)
    const run = this.#begin(ready, slot, queue)
    const abort = () => {
      run.isAborted = true
    }
    signal.addEventListener('abort', abort)
    this.#loop.add(run)
    try {
      yield* queue
    } finally {
      abort()
      signal.removeEventListener('abort', abort)
      this.#beginRests()
    }
  }

  #beginRests() {
    const { states, restMilliseconds } = this.#options
    if (states?.isLasting) this.#rest.begin(restMilliseconds)
    if (!this.#isReady) this.#readiness.begin(restMilliseconds ?? readinessMilliseconds)
  }

  /** Does what the first answer in a format would have to wait for, a piece at a time. */
  async #makeReady(isWanted: () => boolean) {
    while (!isWanted() && !this.#isClosing) {
      const until = performance.now() + pieceMilliseconds
      do {
        this.#isReady = !this.#options.planner.prepareMore()
        if (this.#isReady) return
      } while (performance.now() < until)
      await turn()
    }
  }

  /** Throws when the prompt or the shortest answer does not fit, and whatever else makes the request a bad one. */
  #read(request: GenerationRequest, startedAt: number): Ready {
    const { prompts, planner, vocabulary, contextSize } = this.#options
    demandKnownTokens(request.sampling.logitBias?.map(([token]) => token) ?? [], vocabulary.size, 'logit_bias')
    const read = prompts.read(request)
    const param = request.prompt.type === 'messages' ? 'messages' : 'prompt'
    const limit = Math.min(request.contextSize ?? contextSize, contextSize)
    if (read.tokens.length >= limit)
      throw new ServerError('context_length_exceeded', { param, limit, prompt: read.tokens.length })
    try {
      const runPlan = planner.plan(request, read.plan)
      demandRoom(runPlan, { param, request, room: roomOf(request, read.tokens.length, contextSize) })
      return { ...read, request, runPlan, startedAt }
    } catch (error) {
      throw this.#refusal(error, request)
    }
  }

  #begin(
    { request, tokens, text, added, runPlan, startedAt }: Ready,
    slot: Slot,
    queue: EventQueue<GenerationEvent>,
  ): Run {
    const { samplers: pool, vocabulary, contextSize } = this.#options
    const { sampling, logprobs } = request
    const inUse: { close(): void }[] = []
    const leave = () => {
      for (const each of inUse) each.close()
    }
    try {
      const sampler = new TokenSampler({ pool, sampling, promptLength: tokens.length, contextSize, vocabulary })
      inUse.push(sampler)
      const chances = logprobs && new ChanceReader({ pool, vocabulary, top: logprobs.top })
      if (chances) inUse.push(chances)
      return new Run({
        slot,
        prompt: tokens,
        promptText: text,
        promptAdded: added,
        request,
        plan: runPlan,
        contextSize,
        sampler,
        ...(chances && { chances }),
        onLeave: leave,
        vocabulary,
        sink: { event: (event) => queue.push(event), fail: (error) => queue.fail(this.#failure(error)) },
        startedAt,
      })
    } catch (error) {
      leave()
      this.#giveBack(slot)
      throw this.#refusal(error, request)
    }
  }

  /** A request may be here a moment before the one whose slot it takes has left the batch. */
  async #freeSlot(prompt: readonly number[]): Promise<Slot> {
    for (;;) {
      const slot = chooseSlot(this.#slots, prompt, this.#preparer.termsOf(prompt))
      if (slot) {
        slot.isBusy = true
        slot.lastUsed = ++this.#uses
        return slot
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  #giveBack(slot: Slot) {
    slot.isBusy = false
    this.#waiting.shift()?.()
  }

  /** Of what goes wrong before there is an answer: a grammar that gives up by then is a bad one. */
  #refusal(error: unknown, { format }: GenerationRequest): ServerError {
    return error instanceof GuideProblem ? grammarRefused(error, format) : this.#failure(error)
  }

  #failure(error: unknown): ServerError {
    if (error instanceof ServerError) return error
    const problem = messageOf(error)
    return new ServerError('generation_failed', { model: this.#options.modelId, problem }, { cause: error })
  }
}

/** One turn of the event loop, in which what has come is read. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

interface Room {
  /** The field that the prompt came in. */
  readonly param: string
  readonly request: GenerationRequest
  /** Tokens that may be generated. */
  readonly room: number
}

/** An answer in a format is always whole, so there must be room for the shortest one. */
function demandRoom({ guide }: RunPlan, { param, request, room }: Room): void {
  const missing = room > 0 ? guide?.missing(room) : undefined
  if (missing === undefined) return
  const needs = `the shortest answer that is asked for needs ${missing} tokens`
  throw request.maxTokens === room
    ? new ServerError('invalid_parameter', { param: 'maxTokens', problem: `${needs}, and it allows ${room}` })
    : new ServerError('invalid_parameter', { param, problem: `${needs}, and it leaves ${room} of the context` })
}
