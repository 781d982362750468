import { invalidParameter } from '../../../core/errors.ts'
import type { ChatMessage, ToolCall } from '../../../core/generation.ts'
import { argumentsProblem } from '../call-arguments.ts'
import type { CallItem, CustomCallItem, Item } from './items.wire.ts'
import { nameForModel, toArguments } from './list-tools.ts'

/** What a model is to continue. */
export interface Conversation {
  readonly instructions?: string | null | undefined
  /** Kept from the responses before this one. */
  readonly before: readonly Item[]
  /** Of this request. */
  readonly input: readonly Item[]
}

/**
 * A conversation in our vocabulary. Throws `invalid_parameter` where calls and their outputs do not belong together. A
 * kept call that was cut off in the middle is left out: it was never complete, so nobody can have answered it.
 */
export function toMessages({ instructions, before, input }: Conversation): readonly ChatMessage[] {
  const builder = new MessageBuilder()
  if (instructions) builder.add({ role: 'system', content: instructions })
  for (const item of before) builder.take(item, 'previous_response_id')
  for (const [index, item] of input.entries()) builder.take(item, `input[${index}]`)
  return builder.end()
}

/** An assistant's message in the making. */
interface Turn {
  content: string
  reasoning: string
  readonly calls: ToolCall[]
}

class MessageBuilder {
  readonly #messages: ChatMessage[] = []
  readonly #calls = new Set<string>()
  readonly #open = new Set<string>()
  #turn: Turn | undefined

  add(message: ChatMessage): void {
    this.#close()
    this.#messages.push(message)
  }

  take(item: Item, place: string): void {
    if (item.type === 'message') this.#takeMessage(item)
    else if (item.type === 'reasoning') this.#assistant().reasoning += item.content.map((part) => part.text).join('')
    else if (item.type === 'function_call' || item.type === 'custom_tool_call') this.#takeCall(item, place)
    else this.#takeOutput(item, place)
  }

  end(): readonly ChatMessage[] {
    this.#close()
    const [unanswered] = this.#open
    if (unanswered !== undefined)
      throw invalidParameter('input', `there is no function_call_output for the call '${unanswered}'`)
    if (this.#messages.length === 0)
      throw invalidParameter('input', 'it is missing or empty, and nothing comes before it')
    return this.#messages
  }

  #takeMessage(item: Extract<Item, { type: 'message' }>): void {
    const content = item.content.map((part) => part.text).join('')
    if (item.role !== 'assistant') {
      this.add({ role: item.role, content })
      return
    }
    const turn = this.#turn
    // What is said behind a call, before its output, belongs to the turn that makes the call.
    if (turn && turn.calls.length === 0 && turn.content !== '') this.#close()
    this.#assistant().content += content
  }

  #takeCall(item: CallItem | CustomCallItem, place: string): void {
    const { call_id: id } = item
    const text = argumentsOf(item)
    if (text === undefined) return
    if (this.#calls.has(id)) throw invalidParameter(`${place}.call_id`, `there is a call '${id}' already`)
    this.#calls.add(id)
    this.#open.add(id)
    this.#assistant().calls.push({ id, name: nameForModel(item), arguments: text })
  }

  #takeOutput(item: Extract<Item, { output: string }>, place: string): void {
    const { call_id: id, output } = item
    if (!this.#open.delete(id)) {
      const problem = this.#calls.has(id) ? 'it has an output already' : 'there is no such call before it'
      throw invalidParameter(`${place}.call_id`, `'${id}': ${problem}`)
    }
    this.#close()
    // Templates want outputs right behind the calls, and clients may have put something between them.
    let at = this.#messages.findLastIndex(({ toolCalls = [] }) => toolCalls.some((call) => call.id === id)) + 1
    while (this.#messages[at]?.role === 'tool') at++
    this.#messages.splice(at, 0, { role: 'tool', content: output, toolCallId: id })
  }

  #assistant(): Turn {
    this.#turn ??= { content: '', reasoning: '', calls: [] }
    return this.#turn
  }

  #close(): void {
    const turn = this.#turn
    this.#turn = undefined
    if (!turn) return
    this.#messages.push({
      role: 'assistant',
      content: turn.content,
      ...(turn.reasoning !== '' && { reasoning: turn.reasoning }),
      ...(turn.calls.length > 0 && { toolCalls: turn.calls }),
    })
  }
}

/** Undefined for a call that was cut off. */
function argumentsOf(item: CallItem | CustomCallItem): string | undefined {
  if (item.type === 'custom_tool_call') return item.status === 'incomplete' ? undefined : toArguments(item.input)
  return argumentsProblem(item.arguments) === undefined ? item.arguments : undefined
}
