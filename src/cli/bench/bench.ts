import type { ConfigProblem } from '../../config/problem.ts'
import { modelPath, type PreparedModel, prepareModel } from '../client/prepare-model.ts'
import { CommandError } from '../command-error.ts'
import { createStatusLine } from '../status-line.ts'
import { textTable } from '../text-table.ts'
import type { ServerWork } from '../with-server.ts'
import { busyNotes } from './busy-notes.ts'
import {
  type BenchCall,
  type Figures,
  measureChat,
  measureEmbedding,
  textsAtOnce,
  tokensOfText,
  warmUp,
} from './measure.ts'

/** How much is measured. */
export interface BenchSizes {
  /** Requests at once, one measurement each. */
  readonly requests: readonly number[]
  readonly promptTokens: number
  readonly answerTokens: number
}

/** Reads the sizes; what is no number is a problem of the command line. */
export function readBenchFlags(flags: Readonly<Record<string, string>>): {
  sizes: BenchSizes
  problems: readonly ConfigProblem[]
} {
  const problems: ConfigProblem[] = []
  const read = (name: string, text: string, most: number) => {
    const value = Number(text)
    if (!(Number.isInteger(value) && value >= 1 && value <= most))
      problems.push({ path: `--${name}`, message: `found '${text}', expected a whole number from 1 to ${most}` })
    return value
  }
  const sizes = {
    requests: (flags.requests ?? '1,4,8').split(',').map((text) => read('requests', text, 256)),
    promptTokens: read('prompt', flags.prompt ?? '512', 1_000_000),
    answerTokens: read('tokens', flags.tokens ?? '128', 1_000_000),
  }
  return { sizes, problems }
}

/** Measures, writes a table or JSON, and resolves with the exit code. */
export async function bench({ client, context, signal, isOwn }: ServerWork, sizes: BenchSizes): Promise<number> {
  const name = context.operands[0] ?? ''
  const model = await prepareAny(name, { client, context, signal })
  const status = createStatusLine(context)
  const call: BenchCall = { client, signal, model: model.id, ...withinContext(sizes, model) }
  const measure = model.kind === 'embedding' ? measureEmbedding : measureChat
  const figures: Figures[] = []
  let notes: readonly string[] = []
  try {
    status.show(`loading ${model.id}, and a warm-up`)
    notes = await busyNotes({ client, signal })
    await warmUp(call, { kind: model.kind, requests: Math.max(...sizes.requests) })
    notes = [...notes, ...(await slotNotes(call, sizes.requests))]
    for (const requests of sizes.requests) {
      status.show(`measuring ${model.id} with ${requests} requests at once`)
      figures.push(await measure(call, requests))
    }
  } finally {
    status.clear()
  }
  if (context.flags.json !== 'true') for (const note of notes) context.writeError(`hearth: ${note}\n`)
  if (context.flags.json === 'true')
    context.write(`${JSON.stringify(asJson({ model, call, figures, notes, isOwn }), undefined, 2)}\n`)
  else context.write(`${call.model}: ${whatOf(model.kind, call)}\n\n${tableOf(figures)}`)
  return 0
}

/** More requests than slots wait for each other: that is what is measured then. */
async function slotNotes(
  { client, model, signal }: BenchCall,
  requests: readonly number[],
): Promise<readonly string[]> {
  const { slots } = await client.json<PreparedModel>({ path: modelPath(model), signal })
  if (slots === undefined || Math.max(...requests) <= slots) return []
  return [`the model works on ${slots} requests at once: where there are more, some wait for their turn`]
}

type PreparedHere = PreparedModel & Required<Pick<PreparedModel, 'kind'>>

/** Both kinds of models can be measured. */
async function prepareAny(
  name: string,
  call: Pick<ServerWork, 'client' | 'context' | 'signal'>,
): Promise<PreparedHere> {
  const { kindOf } = await import('../client/prepare-model.ts')
  const model = await prepareModel({ ...call, name, kind: await kindOf(name, call) })
  const { kind } = model
  if (kind !== undefined) return { ...model, kind }
  throw new CommandError(
    `'${model.id}' runs at another server; bench measures models of this one.`,
    'Measure it there.',
  )
}

/** A model with a short context gets a prompt that leaves room for its answer. */
function withinContext({ promptTokens, answerTokens }: BenchSizes, { context_length: most }: PreparedModel) {
  const room = most ?? Number.POSITIVE_INFINITY
  // Words of the made-up prompts are a little more than a token each, and templates add some.
  return {
    promptTokens: Math.min(promptTokens, Math.floor(room * 0.5)),
    answerTokens: Math.min(answerTokens, Math.floor(room * 0.3)),
  }
}

const whatOf = (kind: string, { promptTokens, answerTokens }: BenchCall) =>
  kind === 'embedding'
    ? `${textsAtOnce} texts of about ${tokensOfText} tokens in a request`
    : `prompts of about ${promptTokens} tokens, answers of up to ${answerTokens}`

interface Outcome {
  readonly model: PreparedHere
  readonly call: BenchCall
  readonly figures: readonly Figures[]
  readonly notes: readonly string[]
  readonly isOwn: boolean
}

const asJson = ({ model, call, figures, notes, isOwn }: Outcome) => ({
  model: model.id,
  kind: model.kind,
  server: isOwn ? null : call.client.url,
  prompt_tokens: call.promptTokens,
  answer_tokens: call.answerTokens,
  notes,
  results: figures,
})

function tableOf(figures: readonly Figures[]): string {
  const first = figures[0]
  if (first && 'texts_per_second' in first)
    return textTable([
      ['REQUESTS', 'TEXTS/S', 'TOKENS/S', 'SLOWEST'],
      ...figures.flatMap((row) =>
        'texts_per_second' in row
          ? [
              [
                `${row.requests}`,
                fixed(row.texts_per_second),
                fixed(row.tokens_per_second),
                `${fixed(row.slowest_ms)} ms`,
              ],
            ]
          : [],
      ),
    ])
  return textTable([
    ['REQUESTS', 'READING', 'FIRST TOKEN', 'SLOWEST', 'GENERATING', 'OF EACH'],
    ...figures.flatMap((row) =>
      'texts_per_second' in row
        ? []
        : [
            [
              `${row.requests}`,
              `${fixed(row.reading_tokens_per_second)} tokens/s`,
              `${fixed(row.first_token_ms.median)} ms`,
              `${fixed(row.first_token_ms.slowest)} ms`,
              `${fixed(row.generating_tokens_per_second)} tokens/s`,
              `${fixed(row.generating_tokens_per_second_each)} tokens/s`,
            ],
          ],
    ),
  ])
}

const fixed = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(1))
