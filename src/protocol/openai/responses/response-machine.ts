import type { ServerError } from '../../../core/errors.ts'
import type { GenerationEvent, TokenChance, TokenLogprob, Usage } from '../../../core/generation.ts'
import type { ResponseEvent } from './events.wire.ts'
import type { Logprob, OutputItem } from './items.wire.ts'
import type { CalledTool } from './list-tools.ts'
import { type OpenItem, openCall, openCustomCall, openMessage, openReasoning, type Untold } from './open-item.ts'
import type { ResponseObject, ResponseUsage } from './response.wire.ts'

export interface MachineOptions {
  /** The response as it begins, without output. */
  readonly response: ResponseObject
  newId(prefix: string): string
  /** Seconds since 1970. */
  now(): number
  /** What the client calls the tools, by the names that the model knows. Absent: the same. */
  readonly tools?: ReadonlyMap<string, CalledTool>
  /** Whether reasoning items carry `encrypted_content`. */
  readonly encodesReasoning: boolean
}

type Ending = Extract<GenerationEvent, { type: 'generation-end' }>

/**
 * Turns a generation into a response: `response` is the whole of it at any time, and what the methods return are the
 * events that a stream tells of it, in OpenAI's order. Pure but for the ids and the time that it is given.
 */
export class ResponseMachine {
  readonly #options: MachineOptions
  readonly #items: OutputItem[] = []
  #response: ResponseObject
  #open: OpenItem | undefined
  #told = 0

  constructor(options: MachineOptions) {
    this.#options = options
    this.#response = options.response
  }

  /** As it stands now. */
  get response(): ResponseObject {
    return { ...this.#response, output: [...this.#items, ...(this.#open ? [this.#open.item('in_progress')] : [])] }
  }

  /** It is there, and waits for its turn when it is `queued`. */
  create(): readonly ResponseEvent[] {
    const created = this.#tellResponse('response.created')
    return this.#response.status === 'queued' ? [created, this.#tellResponse('response.queued')] : [created]
  }

  /** The model has begun. */
  start(): readonly ResponseEvent[] {
    this.#response = { ...this.#response, status: 'in_progress' }
    return [this.#tellResponse('response.in_progress')]
  }

  push(event: GenerationEvent): readonly ResponseEvent[] {
    switch (event.type) {
      case 'text-delta': {
        const opened = this.#ensure('message', () => openMessage(this.#options.newId('msg_')))
        return [...opened, ...this.#extend(event.text, event.logprobs?.map(toLogprob))]
      }
      case 'reasoning-delta': {
        const opened = this.#ensure('reasoning', () => openReasoning(this.#options.newId('rs_'), this.#options))
        return [...opened, ...this.#extend(event.text)]
      }
      case 'tool-call-start':
        return [...this.#close('completed'), ...this.#begin(this.#openCall(event))]
      case 'tool-call-delta':
        return this.#extend(event.arguments)
      case 'generation-end':
        return this.#end(event)
      default:
        return []
    }
  }

  /** It went wrong. What was made until then stays in the response. */
  fail(error: ServerError): readonly ResponseEvent[] {
    this.#cut()
    this.#response = { ...this.#response, status: 'failed', completed_at: null, error: toResponseError(error) }
    return [this.#tellResponse('response.failed')]
  }

  /** It was cancelled. OpenAI has no event for that; this one ends a stream for every client. */
  cancel(): readonly ResponseEvent[] {
    this.#cut()
    this.#response = { ...this.#response, status: 'cancelled' }
    return [this.#tellResponse('response.incomplete')]
  }

  #end({ reason, usage }: Ending): readonly ResponseEvent[] {
    const isCut = reason === 'length'
    const closed = this.#close(isCut ? 'incomplete' : 'completed')
    const empty = this.#items.length === 0 && !isCut ? this.#emptyMessage() : []
    const completed = this.#options.now()
    this.#response = { ...this.#response, usage: toResponseUsage(usage) }
    if (isCut) {
      this.#response = { ...this.#response, status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }
      return [...closed, this.#tellResponse('response.incomplete')]
    }
    this.#response = { ...this.#response, status: 'completed', completed_at: completed }
    return [...closed, ...empty, this.#tellResponse('response.completed')]
  }

  /** An answer without a word is still one. */
  #emptyMessage(): readonly ResponseEvent[] {
    return [...this.#begin(openMessage(this.#options.newId('msg_'))), ...this.#close('completed')]
  }

  #ensure(kind: OpenItem['kind'], make: () => OpenItem): readonly ResponseEvent[] {
    return this.#open?.kind === kind ? [] : [...this.#close('completed'), ...this.#begin(make())]
  }

  #openCall({ id, name }: { readonly id: string; readonly name: string }): OpenItem {
    const { newId, tools } = this.#options
    const called = tools?.get(name) ?? { type: 'function', name }
    return called.type === 'function'
      ? openCall(newId('fc_'), { id, called })
      : openCustomCall(newId('ctc_'), { id, called })
  }

  #begin(item: OpenItem): readonly ResponseEvent[] {
    this.#open = item
    return this.#tell(item.begin())
  }

  #extend(text: string, logprobs?: readonly Logprob[]): readonly ResponseEvent[] {
    return this.#tell(this.#open?.extend(text, logprobs) ?? [])
  }

  #close(status: 'completed' | 'incomplete'): readonly ResponseEvent[] {
    const item = this.#open
    if (!item) return []
    const told = this.#tell(item.end(status))
    this.#items.push(item.item(status))
    this.#open = undefined
    return told
  }

  /** Keeps what there is of an item that will have no end. */
  #cut(): void {
    if (this.#open) this.#items.push(this.#open.item('incomplete'))
    this.#open = undefined
  }

  #tell(events: readonly Untold[]): readonly ResponseEvent[] {
    const index = this.#items.length
    return events.map((event) => ({ ...event, output_index: index, sequence_number: this.#told++ }) as ResponseEvent)
  }

  #tellResponse(type: ResponseEvent['type'] & `response.${'created' | 'queued' | 'in_progress' | End}`): ResponseEvent {
    return { type, sequence_number: this.#told++, response: this.response }
  }
}

type End = 'completed' | 'incomplete' | 'failed'

const toChance = ({ text, bytes, logprob }: TokenChance) => ({ token: text, bytes: [...bytes], logprob })
const toLogprob = (chance: TokenLogprob): Logprob => ({ ...toChance(chance), top_logprobs: chance.top.map(toChance) })

/** Token counts in the words of responses. */
export const toResponseUsage = (usage: Usage): ResponseUsage => ({
  input_tokens: usage.promptTokens,
  input_tokens_details: { cached_tokens: usage.cachedTokens, cache_write_tokens: 0 },
  output_tokens: usage.completionTokens,
  output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  total_tokens: usage.promptTokens + usage.completionTokens,
})

/** An error as it stands in a response that failed. */
export function toResponseError(error: ServerError): NonNullable<ResponseObject['error']> {
  const codes = { overloaded: 'rate_limit_exceeded', 'invalid-request': 'invalid_prompt' } as const
  const code = error.kind in codes ? codes[error.kind as keyof typeof codes] : 'server_error'
  return { code, message: `${error.message} ${error.hint}` }
}
