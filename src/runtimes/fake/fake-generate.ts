import { ServerError } from '../../core/errors.ts'
import type { FinishReason, GenerationEvent, GenerationRequest, Prompt, Usage } from '../../core/generation.ts'
import type { ModelEntry } from '../../core/model.ts'
import type { FakeOptions } from './fake-runtime.ts'
import { countTokens, splitTokens } from './fake-tokens.ts'

/** One generation of a fake model. */
export interface FakeGeneration {
  readonly model: ModelEntry
  readonly options: FakeOptions
  readonly contextSize: number
  readonly request: GenerationRequest
  readonly signal: AbortSignal
}

/** Keeps every promise of `LoadedModel.generate`, with a word as a token. */
export async function* fakeGenerate(call: FakeGeneration): AsyncGenerator<GenerationEvent> {
  const { options, request, signal } = call
  options.onSignal?.(signal)
  const promptTokens = countPrompt(request.prompt)
  if (promptTokens >= call.contextSize) throw tooLong(call, promptTokens)
  let completionTokens = 0
  const end = (reason: FinishReason): GenerationEvent => ({
    type: 'generation-end',
    reason,
    usage: usageOf(promptTokens, completionTokens),
  })
  const room = call.contextSize - promptTokens
  const limit = Math.min(request.maxTokens ?? room, room)
  const { text, isStopped } = untilStop((options.script ?? echo)(request, call.model), request.stop)
  const step = options.promptStep ?? promptTokens
  for (let done = step; done < promptTokens; done += step) {
    yield { type: 'prompt-progress', done, total: promptTokens }
    if (signal.aborted) return yield end('aborted')
  }
  for (const token of splitTokens(text)) {
    await pace(call, completionTokens)
    if (signal.aborted) return yield end('aborted')
    if (completionTokens === options.failAfterTokens) throw failed(call.model)
    if (completionTokens === limit) return yield end('length')
    completionTokens++
    yield { type: 'text-delta', text: token }
  }
  if (completionTokens === options.failAfterTokens) throw failed(call.model)
  yield end(!isStopped && completionTokens === limit ? 'length' : 'stop')
}

/** Waits as long as a token takes, or until the signal aborts. */
async function pace({ options, signal, model }: FakeGeneration, tokensOut: number): Promise<void> {
  if (signal.aborted) return
  const gone = Promise.withResolvers<void>()
  const leave = () => gone.resolve()
  signal.addEventListener('abort', leave, { once: true })
  let timer: NodeJS.Timeout | undefined
  try {
    if (options.gate) await Promise.race([options.gate({ model, tokensOut, signal }), gone.promise])
    if (options.tokensPerSecond === undefined || signal.aborted) return
    timer = setTimeout(leave, 1000 / options.tokensPerSecond)
    await gone.promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', leave)
  }
}

function untilStop(text: string, stop: readonly string[]): { text: string; isStopped: boolean } {
  const places = stop.map((word) => text.indexOf(word)).filter((place) => place >= 0)
  if (places.length === 0) return { text, isStopped: false }
  return { text: text.slice(0, Math.min(...places)), isStopped: true }
}

function echo({ prompt }: GenerationRequest): string {
  if (prompt.type === 'text') return prompt.text
  if (prompt.type === 'tokens') return prompt.tokens.join(' ')
  return prompt.messages.at(-1)?.content ?? ''
}

function countPrompt(prompt: Prompt): number {
  if (prompt.type === 'tokens') return prompt.tokens.length
  if (prompt.type === 'text') return countTokens(prompt.text)
  return prompt.messages.reduce((sum, message) => sum + 1 + countTokens(message.content), 0)
}

const usageOf = (promptTokens: number, completionTokens: number): Usage => ({
  promptTokens,
  cachedTokens: 0,
  completionTokens,
  draftedTokens: 0,
  acceptedTokens: 0,
  promptMilliseconds: 0,
  generationMilliseconds: 0,
})

const failed = (model: ModelEntry) =>
  new ServerError('generation_failed', { model: model.id, problem: 'the fake was told to fail' })

const tooLong = (call: FakeGeneration, prompt: number) =>
  new ServerError('context_length_exceeded', {
    param: call.request.prompt.type === 'messages' ? 'messages' : 'prompt',
    limit: call.contextSize,
    prompt,
  })
