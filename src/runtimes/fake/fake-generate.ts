import { ServerError } from '../../core/errors.ts'
import type { FinishReason, GenerationEvent, GenerationRequest, Usage } from '../../core/generation.ts'
import type { ModelEntry } from '../../core/model.ts'
import { ownAnswer, toPieces } from './fake-answer.ts'
import { fakeChances, promptText } from './fake-chances.ts'
import { waitAtGate } from './fake-pace.ts'
import { readPrompt, refuseLong } from './fake-prompt.ts'
import type { FakeOptions } from './fake-runtime.ts'
import { type FakeStep, toSteps } from './fake-steps.ts'
import { type FakeVocabulary, vocabularySize } from './fake-tokens.ts'

/** One generation of a fake model. */
export interface FakeGeneration {
  readonly model: ModelEntry
  readonly options: FakeOptions
  readonly vocabulary: FakeVocabulary
  readonly contextSize: number
  readonly request: GenerationRequest
  readonly signal: AbortSignal
}

/** Keeps every promise of `LoadedModel.generate`, with a word as a token. */
export async function* fakeGenerate(call: FakeGeneration): AsyncGenerator<GenerationEvent> {
  const { options, request, signal, vocabulary } = call
  options.onSignal?.(signal)
  refuseImpossible(call)
  const { tokens } = readPrompt(request.prompt, vocabulary)
  const limit = Math.min(request.contextSize ?? call.contextSize, call.contextSize)
  refuseLong({ prompt: request.prompt, tokens: tokens.length, limit, model: call.model })
  const count = { completion: 0, reasoning: 0 }
  const end = (reason: FinishReason): GenerationEvent => ({
    type: 'generation-end',
    reason,
    usage: usageOf(tokens.length, count),
  })
  for (let done = options.promptStep ?? tokens.length; done < tokens.length; done += options.promptStep ?? 1) {
    yield { type: 'prompt-progress', done, total: tokens.length }
    if (signal.aborted) return yield end('aborted')
  }
  if (request.repeatsPrompt) yield promptText(tokens, request, vocabulary)
  const room = limit - tokens.length
  const most = Math.min(request.maxTokens ?? room, room)
  const pieces = toPieces(options.script?.(request, call.model) ?? ownAnswer(request))
  const { steps, reason } = toSteps(pieces, request)
  for (const step of steps) {
    await waitAtGate(call, count.completion)
    if (signal.aborted) return yield end('aborted')
    if (count.completion === options.failAfterTokens) throw failed(call.model)
    if (count.completion === most) return yield end('length')
    count.completion++
    if (step.event.type === 'reasoning-delta') count.reasoning++
    yield withChances(step, call)
  }
  if (count.completion === options.failAfterTokens) throw failed(call.model)
  yield end(reason !== 'stopped' && count.completion === most ? 'length' : reason === 'calls' ? 'tool-calls' : 'stop')
}

function withChances({ event }: FakeStep, { request, vocabulary }: FakeGeneration): GenerationEvent {
  if (event.type !== 'text-delta' || !request.logprobs) return event
  return { ...event, logprobs: [fakeChances(vocabulary.idOf(event.text), request.logprobs.top, vocabulary)] }
}

function refuseImpossible({ request, options, model }: FakeGeneration): void {
  const strange = request.sampling.logitBias?.find(([token]) => token >= vocabularySize)
  if (strange) {
    const problem = `the vocabulary has no token ${strange[0]}`
    throw new ServerError('invalid_parameter', { param: 'logit_bias', problem })
  }
  if (request.prompt.type === 'infill' && options.infills === false)
    throw new ServerError('ability_missing', { param: 'suffix', model: model.id, ability: 'fill gaps' })
}

const usageOf = (promptTokens: number, count: { completion: number; reasoning: number }): Usage => ({
  promptTokens,
  cachedTokens: 0,
  completionTokens: count.completion,
  reasoningTokens: count.reasoning,
  forcedTokens: 0,
  draftedTokens: 0,
  acceptedTokens: 0,
  promptMilliseconds: 0,
  generationMilliseconds: 0,
})

const failed = (model: ModelEntry) =>
  new ServerError('generation_failed', { model: model.id, problem: 'the fake was told to fail' })
