import type { ChatCompletionReply } from '../../protocol/openai/chat-answers.wire.ts'
import { type PreparedModel, prepareModel } from '../client/prepare-model.ts'
import type { CommandContext } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { isPiped, readInput } from '../read-input.ts'
import { stylesFor } from '../styles.ts'
import { type ServerWork, withServer } from '../with-server.ts'
import { createAnswerWriter, verboseLines } from './answer-writer.ts'
import { type AnswerEnd, askModel, type ChatBody } from './ask-model.ts'
import { chat } from './chat-loop.ts'
import { type ChatSettings, toChatBody } from './chat-settings.ts'
import { createLineReader } from './line-reader.ts'
import { questionFlags, readQuestionFlags } from './question-flags.ts'

interface Wish {
  /** Absent: the default chat model. */
  readonly model: string | undefined
  /** Empty: standard input, or the person at the terminal. */
  readonly prompt: string
}

/** Answers a prompt, or holds a conversation, and resolves with the exit code. */
export async function runModel(context: CommandContext, { model, prompt }: Wish): Promise<number> {
  const { settings, load, problems } = await readQuestionFlags(context)
  const ownFlags = [...questionFlags.map(({ name }) => name), 'verbose', 'json']
  return withServer({ context, ownFlags, without: 'start', problems }, async (work) => {
    const { client, signal } = work
    const prepare = (name: string | undefined, within: AbortSignal) =>
      prepareModel({ client, name, context: work.context, signal: within, kind: 'chat', load })
    const text = await wholePrompt(prompt, work.context)
    const isConversation = text === undefined
    if (isConversation && work.context.flags.json === 'true')
      throw new CommandError('A conversation is no JSON.', 'Leave out --json, or send a question to standard input.')
    if (isConversation && !work.context.streams.output.isTTY)
      throw new CommandError('There is no prompt.', 'Write it behind the model, or send it to standard input.')
    const found = await prepare(model, signal)
    const isVerbose = work.context.flags.verbose === 'true'
    const whole = { ...settings, model: found.id, isVerbose }
    if (!isConversation) return answerOnce(work, { settings: whole, text })
    return converse(work, { settings: whole, found, prepare })
  })
}

/** What was piped in comes first, as with other programs: `cat FILE | hearth run MODEL "Sum this up:"`. */
async function wholePrompt(prompt: string, context: CommandContext): Promise<string | undefined> {
  const input = prompt === '' || isPiped(context) ? await readInput(context) : undefined
  const text = [input?.trimEnd() ?? '', prompt].filter(Boolean).join('\n\n')
  if (text !== '') return text
  if (input === undefined) return undefined
  throw new CommandError('There is no prompt: standard input is empty.', 'Write it behind the model.')
}

async function answerOnce(
  { client, context, signal }: ServerWork,
  { settings, text }: { settings: ChatSettings; text: string },
): Promise<number> {
  const body = toChatBody(settings, [{ role: 'user', content: text }])
  if (context.flags.json === 'true') {
    const reply = await client.json<ChatCompletionReply>({ path: '/v1/chat/completions', body, signal })
    context.write(`${JSON.stringify(reply, undefined, 2)}\n`)
    return 0
  }
  const end = await writeAnswer({ client, context, signal, body })
  if (end && settings.isVerbose) context.writeError(stylesFor(context, 'errors').dim(verboseLines(end)))
  if (end?.finishReason === 'length' && settings.parameters.max_tokens === undefined)
    context.writeError('hearth: the answer was cut at the limit of its length; --max-tokens sets another one.\n')
  return 0
}

async function writeAnswer({
  client,
  context,
  signal,
  body,
}: Pick<ServerWork, 'client' | 'context' | 'signal'> & { readonly body: ChatBody }): Promise<AnswerEnd | undefined> {
  const writer = createAnswerWriter(context)
  let end: AnswerEnd | undefined
  try {
    for await (const piece of askModel({ client, body, signal, onWait: writer.wait })) {
      if (piece.type === 'end') end = piece.end
      writer.write(piece)
    }
  } finally {
    writer.end()
  }
  return end
}

interface Talk {
  readonly settings: ChatSettings
  readonly found: PreparedModel
  prepare(name: string | undefined, signal: AbortSignal): Promise<PreparedModel>
}

async function converse({ client, context, signal }: ServerWork, { settings, found, prepare }: Talk): Promise<number> {
  const { describeModel } = await import('./describe-model.ts')
  using reader = createLineReader(context.streams)
  signal.addEventListener('abort', () => reader[Symbol.dispose](), { once: true })
  const { dim } = stylesFor(context, 'errors')
  context.writeError(dim(`${found.id}; /help says what can be done, /bye ends.\n`))
  return await chat({
    context,
    client,
    settings,
    reader,
    signal,
    prepare: async (name, within) => (await prepare(name, within)).id,
    describe: (model, within) => describeModel(client, { model, signal: within }),
  })
}
