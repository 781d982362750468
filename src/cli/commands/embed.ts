import type { EmbeddingReply } from '../../protocol/openai/embeddings.wire.ts'
import { urlFlag } from '../client/server-address.ts'
import type { Command, CommandContext } from '../command.ts'
import { CommandError } from '../command-error.ts'
import type { ServerWork } from '../with-server.ts'

/** Turns texts into vectors. */
export const embedCommand: Command = {
  name: 'embed',
  group: 'Use models',
  summary: 'Turn texts into vectors',
  usage: 'MODEL [TEXT…] [OPTIONS]',
  details:
    'Writes one vector a line, as a JSON array, in the order of the texts. Without a text each line of standard input is one. A running server is used if there is one; otherwise the model is loaded for as long as this takes.',
  examples: [
    { line: 'hearth embed all-minilm-l6-v2 "a cat sits on the mat"', does: 'one vector' },
    { line: 'cut -f2 titles.tsv | hearth embed all-minilm-l6-v2 > vectors.jsonl', does: 'one for each line' },
  ],
  flags: [
    urlFlag,
    { name: 'json', summary: 'Print one JSON object, as POST /v1/embeddings answers it.' },
    { name: 'dimensions', value: 'N', summary: 'Keep only the first N numbers of a vector, scaled to length 1 again.' },
    { name: 'truncate', summary: 'Cut texts that are too long at their end, instead of failing.' },
    { name: 'keep-alive', value: 'DURATION', summary: 'How long the model stays in memory afterwards: 5m, 0, -1.' },
  ],
  takesOptions: ['models_dir', 'host', 'port'],
  takesText: true,
  operands: [1, 10_000],
  completes: 'model',
  async run(context) {
    const { withServer } = await import('../with-server.ts')
    const ownFlags = ['json', 'dimensions', 'truncate', 'keep-alive']
    const { dimensions } = context.flags
    const isWrong = dimensions !== undefined && !/^\d+$/.test(dimensions)
    const problems = isWrong
      ? [{ path: '--dimensions', message: `found '${dimensions}', expected a whole number` }]
      : []
    return withServer({ context, ownFlags, without: 'start', problems }, embedTexts)
  },
}

/** Texts in one request: large enough to keep every core busy, small enough that the first vectors come soon. */
const batchSize = 64
/** Characters in one request, unless one text alone has more: servers take a body of a megabyte. */
const batchCharacters = 200_000

async function embedTexts({ client, context, signal }: ServerWork): Promise<number> {
  const { prepareModel } = await import('../client/prepare-model.ts')
  const [name = '', ...texts] = context.operands
  const { id: model } = await prepareModel({ client, name, context, signal, kind: 'embedding' })
  const isWhole = context.flags.json === 'true'
  const whole: EmbeddingReply = { object: 'list', data: [], model, usage: { prompt_tokens: 0, total_tokens: 0 } }
  for await (const input of batches(texts.length > 0 ? texts : linesOf(context))) {
    const reply = await client.json<EmbeddingReply>({
      path: '/v1/embeddings',
      body: { model, input, ...optionsOf(context) },
      signal,
    })
    if (!isWhole) {
      for (const { embedding } of reply.data) context.write(`${JSON.stringify(embedding)}\n`)
      continue
    }
    for (const item of reply.data) whole.data.push({ ...item, index: whole.data.length })
    whole.usage.prompt_tokens += reply.usage.prompt_tokens
    whole.usage.total_tokens += reply.usage.total_tokens
  }
  if (isWhole) context.write(`${JSON.stringify(whole)}\n`)
  return 0
}

function optionsOf({ flags: { dimensions, truncate, 'keep-alive': keepAlive } }: CommandContext) {
  return {
    ...(dimensions !== undefined && { dimensions: Number(dimensions) }),
    ...(truncate === 'true' && { truncate: true }),
    ...(keepAlive !== undefined && { keep_alive: keepAlive }),
  }
}

async function* linesOf({ streams: { input } }: CommandContext): AsyncGenerator<string> {
  if (input.isTTY)
    throw new CommandError('There is no text.', 'Write it behind the model, or send lines to standard input.')
  const { createInterface } = await import('node:readline')
  let number = 0
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1
    if (line === '')
      throw new CommandError(`Line ${number} of standard input is empty.`, 'Leave it out: an empty text has no vector.')
    yield line
  }
}

async function* batches(texts: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string[]> {
  let batch: string[] = []
  let characters = 0
  for await (const text of texts) {
    if (batch.length === batchSize || characters + text.length > batchCharacters) {
      if (batch.length > 0) yield batch
      batch = []
      characters = 0
    }
    batch.push(text)
    characters += text.length
  }
  if (batch.length > 0) yield batch
}
