import type { ConfigProblem } from '../../config/problem.ts'
import type { CommandContext, Flag } from '../command.ts'
import { type ChatSettings, schemaFormat } from './chat-settings.ts'

const sampling = 'How it answers'
const loading = 'How the model is loaded'

/** Flags that say how a model is to answer, for `run` and `chat`. */
export const questionFlags: readonly Flag[] = [
  { name: 'system', value: 'TEXT', summary: 'What the model is told before the conversation.', group: sampling },
  {
    name: 'temperature',
    value: 'X',
    summary: 'How freely the next token is chosen; 0: the likeliest.',
    group: sampling,
  },
  { name: 'top-p', value: 'X', summary: 'Choose among the likeliest tokens with this probability.', group: sampling },
  { name: 'top-k', value: 'N', summary: 'Choose among this many of the likeliest tokens.', group: sampling },
  { name: 'min-p', value: 'X', summary: 'Least share of the likeliest token’s probability.', group: sampling },
  { name: 'seed', value: 'N', summary: 'The same seed and the same prompt give the same answer.', group: sampling },
  { name: 'max-tokens', value: 'N', summary: 'Tokens that an answer may have.', group: sampling },
  {
    name: 'format',
    value: 'json|FILE',
    summary: 'json: the answer is a JSON object. A file with a JSON Schema: the answer follows it.',
    group: sampling,
  },
  {
    name: 'think',
    summary: 'Whether the model thinks before it answers. Default: as it does by itself.',
    group: sampling,
  },
  {
    name: 'keep-alive',
    value: 'DURATION',
    summary: 'How long the model stays in memory afterwards: 5m, 1h, 0, or -1 for ever.',
    group: loading,
  },
  { name: 'n-ctx', value: 'N|auto', summary: 'Tokens that prompt and answer may fill together.', group: loading },
  { name: 'n-gpu-layers', value: 'N', summary: 'Layers on the GPU. -1: all that fit. 0: none.', group: loading },
]

/** Flags with a number, and the fields of the request that they are. */
const numbers: Readonly<Record<string, string>> = {
  temperature: 'temperature',
  'top-p': 'top_p',
  'top-k': 'top_k',
  'min-p': 'min_p',
  seed: 'seed',
  'max-tokens': 'max_tokens',
}

/** What the flags say. `model` and `isVerbose` are for the caller. */
export interface QuestionFlags {
  readonly settings: Omit<ChatSettings, 'model' | 'isVerbose'>
  /** Fields of POST /v1/models/load; none where the model may be loaded as it likes. */
  readonly load: Readonly<Record<string, number | 'auto'>>
  readonly problems: readonly ConfigProblem[]
}

/** Reads the flags. The file of `--format` is read too. Numbers are judged by the server, which knows their ranges. */
export async function readQuestionFlags({ flags, environment }: CommandContext): Promise<QuestionFlags> {
  const problems: ConfigProblem[] = []
  const number = (name: string, others: readonly string[] = []) => {
    const text = flags[name] ?? ''
    const value = others.includes(text) ? text : text.trim() === '' ? Number.NaN : Number(text)
    if (typeof value === 'number' && !Number.isFinite(value))
      problems.push({ path: `--${name}`, message: `found '${text}', expected a number` })
    return value as number
  }
  const given = Object.entries(numbers).filter(([flag]) => flags[flag] !== undefined)
  const parameters = Object.fromEntries(given.map(([flag, field]) => [field, number(flag)]))
  const load = {
    ...(flags['n-ctx'] !== undefined && { n_ctx: number('n-ctx', ['auto']) }),
    ...(flags['n-gpu-layers'] !== undefined && { n_gpu_layers: number('n-gpu-layers') }),
  }
  const format = flags.format === undefined ? undefined : await readFormat(flags.format, environment.currentFolder)
  if (format && 'problem' in format) problems.push(format.problem)
  const { system, think, 'keep-alive': keepAlive } = flags
  return {
    settings: {
      parameters,
      ...(system !== undefined && { system }),
      ...(format && 'format' in format && { format: format.format }),
      ...(think !== undefined && { thinks: think === 'true' }),
      ...(keepAlive !== undefined && { keepAlive }),
    },
    load,
    problems,
  }
}

type Format = { readonly format: NonNullable<ChatSettings['format']> } | { readonly problem: ConfigProblem }

async function readFormat(text: string, folder: string): Promise<Format> {
  if (text === 'json') return { format: { type: 'json_object' } }
  const [{ readFile }, { resolve }] = await Promise.all([import('node:fs/promises'), import('node:path')])
  const path = resolve(folder, text)
  try {
    return { format: schemaFormat(JSON.parse(await readFile(path, 'utf8'))) }
  } catch (error) {
    const message = `expected json or a file with a JSON Schema; ${path}: ${(error as Error).message}`
    return { problem: { path: '--format', message } }
  }
}
