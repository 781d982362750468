import type { HearthClient } from '../client/hearth-client.ts'
import type { CommandContext } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { errorFacts } from '../error-facts.ts'
import { harmless, stylesFor } from '../styles.ts'
import { createAnswerWriter, verboseLines } from './answer-writer.ts'
import { type AnswerEnd, askModel, type ChatTurn } from './ask-model.ts'
import { type ChatSettings, toChatBody } from './chat-settings.ts'
import type { Entry, LineReader } from './line-reader.ts'
import { readSlashCommand, type SlashAction } from './slash-commands.ts'

export interface ChatCall {
  readonly context: CommandContext
  readonly client: HearthClient
  readonly settings: ChatSettings
  readonly reader: LineReader
  /** Aborts when the whole program is to end. */
  readonly signal: AbortSignal
  /** Makes the model usable and answers its id, however it was named: `/load`. */
  prepare(model: string, signal: AbortSignal): Promise<string>
  /** What /show tells of the model. */
  describe(model: string, signal: AbortSignal): Promise<string>
}

/** A conversation at a terminal, until it is ended. Resolves with the exit code: 130 where Ctrl+C ended it. */
export const chat = (call: ChatCall): Promise<number> => new Conversation(call).run()

/** After one Ctrl+C at the prompt a second one ends the program. */
const interruptHint = 'Press Ctrl+C again, or Ctrl+D, or type /bye, to end.\n'
const endsText = /"""\s*$/

class Conversation {
  readonly #call: ChatCall
  #settings: ChatSettings
  #turns: ChatTurn[] = []
  #isHistoryKept = true

  constructor(call: ChatCall) {
    this.#call = call
    this.#settings = call.settings
  }

  async run(): Promise<number> {
    const { context, signal } = this.#call
    let interrupts = 0
    for (;;) {
      const entry = await this.#ask()
      signal.throwIfAborted()
      if (entry.type === 'end') {
        context.write('\n')
        return 0
      }
      if (entry.type === 'interrupt') {
        interrupts += 1
        if (interrupts > 1) return 130
        context.writeError(`\n${interruptHint}`)
        continue
      }
      interrupts = 0
      if (await this.#take(entry.text)) return 0
    }
  }

  /** A text between three quotation marks is one, however many lines it has. */
  async #ask(): Promise<Entry> {
    const first = await this.#call.reader.ask('>>> ')
    if (first.type !== 'text' || !first.text.trimStart().startsWith('"""')) return first
    let text = first.text.trimStart().slice(3)
    while (!endsText.test(text)) {
      const next = await this.#call.reader.ask('... ')
      if (next.type !== 'text') return next
      text += `\n${next.text}`
    }
    return { type: 'text', text: text.replace(endsText, '').trim() }
  }

  /** Whether the conversation is over. What Ctrl+C stops, and what the server refuses, costs one turn only. */
  async #take(text: string): Promise<boolean> {
    if (text.trim() === '') return false
    const { context, reader, signal } = this.#call
    const action: SlashAction | undefined = text.startsWith('/') ? readSlashCommand(text, this.#settings) : undefined
    if (action?.type === 'end') return true
    const stop = new AbortController()
    reader.onInterrupt(() => stop.abort(new Error('stopped')))
    const both = AbortSignal.any([signal, stop.signal])
    try {
      if (action) await this.#do(action, both)
      else await this.#answer(text, both)
    } catch (error) {
      signal.throwIfAborted()
      if (stop.signal.aborted) return false
      if (!(error instanceof CommandError)) throw error
      const { message, hint } = errorFacts(error)
      context.writeError(harmless(`${message}\n${hint ? `${hint}\n` : ''}`))
    } finally {
      reader.onInterrupt(undefined)
    }
    return false
  }

  async #do(action: SlashAction, signal: AbortSignal): Promise<void> {
    const { context, prepare } = this.#call
    const tell = (text: string) => context.writeError(`${text}\n`)
    switch (action.type) {
      case 'clear':
        this.#turns = []
        return tell('The conversation is forgotten.')
      case 'say':
        return context.writeError(action.text)
      case 'set':
        this.#settings = action.settings
        return tell(action.said)
      case 'history':
        this.#isHistoryKept = action.isKept
        return tell(action.isKept ? 'Earlier turns are sent along.' : 'Each text stands for itself.')
      case 'load': {
        const model = await prepare(action.model, signal)
        this.#settings = { ...this.#settings, model }
        return tell(`The model is ${model}.`)
      }
      case 'show':
        return await this.#show(action.what, signal)
    }
  }

  async #show(what: string, signal: AbortSignal): Promise<void> {
    const { system, parameters, model } = this.#settings
    const { write } = this.#call.context
    if (what === 'system') return write(`${system ?? '(no system message)'}\n`)
    if (what === 'parameters') {
      const rows = Object.entries(parameters).map(([name, value]) => `${name}  ${value}\n`)
      return write(rows.join('') || "(none: the model's own defaults)\n")
    }
    write(await this.#call.describe(model, signal))
  }

  async #answer(text: string, signal: AbortSignal): Promise<void> {
    const { context, client } = this.#call
    const turns: ChatTurn[] = [...(this.#isHistoryKept ? this.#turns : []), { role: 'user', content: text }]
    const writer = createAnswerWriter(context)
    let said = ''
    let end: AnswerEnd | undefined
    try {
      const body = toChatBody(this.#settings, turns)
      for await (const piece of askModel({ client, body, signal, onWait: writer.wait })) {
        if (piece.type === 'text') said += piece.text
        if (piece.type === 'end') end = piece.end
        writer.write(piece)
      }
    } finally {
      writer.end()
      // What was said before the person had enough stays part of the conversation.
      if (said !== '') this.#turns = [...turns, { role: 'assistant', content: said }]
    }
    if (end && this.#settings.isVerbose) context.writeError(stylesFor(context, 'errors').dim(verboseLines(end)))
    context.write('\n')
  }
}
