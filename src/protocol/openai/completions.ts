import { Bug, invalidParameter } from '../../core/errors.ts'
import type { GenerationRequest, Prompt } from '../../core/generation.ts'
import type { ModelEntry } from '../../core/model.ts'
import { checkFormats } from '../../grammar/check-request.ts'
import { formatPaths } from './chat-completions.ts'
import type { CompletionRequest } from './completions.wire.ts'
import { refusedInCompletions, refuseUnsupported } from './extensions.ts'
import { toFormat } from './output-format.ts'
import { toGenerationOptions, withAnswerNumber } from './sampling.ts'
import { gatherFields } from './token-limit.ts'

/** What a text completion asks for: how many answers to make, and which of them to give. */
export interface TextJobs {
  /** Prompt after prompt, `tries` of them each. */
  readonly requests: readonly GenerationRequest[]
  readonly prompts: number
  /** Answers to make for each prompt. */
  readonly tries: number
  /** Answers to give for each prompt: the best ones, where there are more. */
  readonly kept: number
  /** What the client calls that which says what the text must be. */
  readonly formatParam?: string
}

/** Generations that one request may ask for. */
const mostGenerations = 128

/** A text completion in our vocabulary. Throws `unsupported_parameter` and `invalid_parameter`. */
export function toTextJobs(body: CompletionRequest, model: Pick<ModelEntry, 'defaults'>): TextJobs {
  refuseUnsupported(body, refusedInCompletions)
  const kept = body.n ?? 1
  const tries = body.best_of ?? kept
  const prompts = toPrompts(body)
  refuseUnfit(body, { kept, tries, prompts: prompts.length })
  const format = toFormat(body)
  const chances = body.logprobs ?? (tries > kept ? 0 : undefined)
  const rest = {
    ...toGenerationOptions(gatherFields(body), model.defaults),
    ...(format && { format: format.format }),
    ...(chances !== undefined && { logprobs: { top: chances } }),
    ...(body.echo === true && { repeatsPrompt: true }),
  }
  const requests = prompts.flatMap((prompt) =>
    Array.from({ length: tries }, (_, number) => withAnswerNumber({ prompt, ...rest }, number)),
  )
  if (requests[0]) checkFormats(requests[0], formatPaths(format))
  return { requests, prompts: prompts.length, tries, kept, ...(format && { formatParam: format.param }) }
}

function toPrompts({ prompt, suffix }: CompletionRequest): readonly Prompt[] {
  const prompts = listPrompts(prompt)
  if (!suffix) return prompts
  return prompts.map((each) => {
    if (each.type !== 'text') throw invalidParameter('suffix', 'it needs prompts that are texts, not token ids')
    return { type: 'infill', prefix: each.text, suffix }
  })
}

type PlainPrompt = Extract<Prompt, { type: 'text' | 'tokens' }>

function listPrompts(prompt: CompletionRequest['prompt']): readonly PlainPrompt[] {
  if (typeof prompt === 'string') return [{ type: 'text', text: prompt }]
  const tokens = prompt.filter((item) => typeof item === 'number')
  if (tokens.length > 0) return [{ type: 'tokens', tokens }]
  return prompt.map((item) => {
    if (typeof item === 'number') throw new Bug('Token ids beside other prompts passed the schema.')
    return typeof item === 'string' ? { type: 'text', text: item } : { type: 'tokens', tokens: item }
  })
}

function refuseUnfit(body: CompletionRequest, count: { kept: number; tries: number; prompts: number }): void {
  if (count.tries < count.kept)
    throw invalidParameter('best_of', `it must not be less than 'n', which is ${count.kept}`)
  if (count.tries > count.kept && body.stream)
    throw invalidParameter(
      'best_of',
      'which answers are the best is known at the end only, so that they cannot be streamed',
    )
  if (count.tries * count.prompts > mostGenerations)
    throw invalidParameter(
      body.best_of ? 'best_of' : 'n',
      `${count.prompts} prompts with ${count.tries} answers each are more than ${mostGenerations} generations`,
    )
  if (body.echo && body.suffix) throw invalidParameter('suffix', "it cannot be had with 'echo'")
  if (body.stream_options && !body.stream) throw invalidParameter('stream_options', "it needs 'stream': true")
}
