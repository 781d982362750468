import { type EagerIterator, translate } from '../../core/eager-iterator.ts'
import { Bug } from '../../core/errors.ts'
import type { FinishReason, GenerationEvent, Usage } from '../../core/generation.ts'
import type { NumberedEvent } from './chat-chunks.ts'
import type { TextJobs } from './completions.ts'
import type { CompletionChunk, CompletionReply, CompletionRequest } from './completions.wire.ts'
import { meanLogprob, TextLogprobTeller } from './text-logprobs.ts'
import { type AnswerHead, addChoices, addUsage, toFinishReason, toTimings, toUsage } from './usage.ts'
import type { WholeAnswer } from './whole-answer.ts'

/** What a request says of the form of its answer. */
export interface TextShape {
  /** How many of the likeliest tokens; undefined: no chances at all. */
  readonly logprobs?: number
  readonly includesUsage: boolean
}

/** Reads the form of the answer from a request. */
export const toTextShape = (body: CompletionRequest): TextShape => ({
  ...(typeof body.logprobs === 'number' && { logprobs: body.logprobs }),
  includesUsage: body.stream_options?.include_usage === true,
})

/** The whole answer to an unstreamed text completion; `wholes` are in the order of the jobs. */
export function fromTexts(
  wholes: readonly WholeAnswer[],
  jobs: TextJobs,
  { head, shape }: { readonly head: AnswerHead; readonly shape: TextShape },
): CompletionReply {
  const groups = Array.from({ length: jobs.prompts }, (_, at) => wholes.slice(at * jobs.tries, (at + 1) * jobs.tries))
  const usage = addUsage(groups.map((group) => addChoices(group.map((whole) => whole.usage))))
  return {
    ...textHead(head),
    choices: groups
      .flatMap((group) => best(group, jobs.kept))
      .map((whole, index) => ({
        index,
        text: (whole.prompt?.text ?? '') + whole.text,
        logprobs: logprobsOf(whole, shape),
        finish_reason: textFinishReason(whole.reason),
      })),
    usage: toUsage(usage),
    timings: toTimings(usage),
  }
}

function best(group: readonly WholeAnswer[], kept: number): readonly WholeAnswer[] {
  if (group.length === kept) return group
  return group.toSorted((left, right) => meanLogprob(right.logprobs) - meanLogprob(left.logprobs)).slice(0, kept)
}

function logprobsOf(whole: WholeAnswer, { logprobs }: TextShape) {
  if (logprobs === undefined) return null
  return new TextLogprobTeller(logprobs > 0).tell([...(whole.prompt?.logprobs ?? []), ...whole.logprobs])
}

type ChunkChoice = CompletionChunk['choices'][number]

/**
 * The chunks of a streamed text completion: of each choice its text as it comes and the reason for its end, then, when
 * asked for, the usage of all.
 */
export function toTextChunks(
  events: AsyncIterable<NumberedEvent>,
  jobs: TextJobs,
  { head, shape }: { readonly head: AnswerHead; readonly shape: TextShape },
): EagerIterator<CompletionChunk> {
  const chunk = (choice: ChunkChoice): CompletionChunk => ({
    ...textHead(head),
    choices: [choice],
    ...(shape.includesUsage && { usage: null }),
  })
  const tellers = jobs.requests.map(() => new TextLogprobTeller((shape.logprobs ?? 0) > 0))
  const used: Usage[] = []
  return translate(events, {
    push({ index, event }) {
      const chunks: CompletionChunk[] = []
      const text = textOf(event)
      const tokens = 'logprobs' in event ? (event.logprobs ?? []) : []
      const logprobs = shape.logprobs === undefined ? null : (tellers[index]?.tell(tokens) ?? null)
      if (text !== '') chunks.push(chunk({ index, text, logprobs, finish_reason: null }))
      if (event.type !== 'generation-end') return chunks
      used[index] = event.usage
      chunks.push(chunk({ index, text: '', logprobs: null, finish_reason: textFinishReason(event.reason) }))
      return chunks
    },
    end() {
      if (Object.keys(used).length < jobs.requests.length) throw new Bug('A generation stopped without its end event.')
      return shape.includesUsage ? [usageChunk(used, jobs, head)] : []
    },
  })
}

function usageChunk(used: readonly Usage[], { prompts, tries }: TextJobs, head: AnswerHead): CompletionChunk {
  const groups = Array.from({ length: prompts }, (_, at) => addChoices(used.slice(at * tries, (at + 1) * tries)))
  const usage = addUsage(groups)
  return { ...textHead(head), choices: [], usage: toUsage(usage), timings: toTimings(usage) }
}

const textOf = (event: GenerationEvent) =>
  event.type === 'text-delta' || event.type === 'prompt-text' ? event.text : ''

function textFinishReason(reason: FinishReason): 'stop' | 'length' {
  const finish = toFinishReason(reason)
  if (finish === 'tool_calls') throw new Bug('A text completion made calls.')
  return finish
}

const textHead = (head: AnswerHead) => ({
  id: head.id,
  object: 'text_completion' as const,
  created: head.created,
  model: head.model,
  system_fingerprint: head.fingerprint,
})
