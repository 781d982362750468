import { ServerError } from '../core/errors.ts'
import { CommandError } from './command-error.ts'

/** An error as programs are told of it. */
export interface ErrorFacts {
  /** Stays the same when the message is reworded. */
  readonly code: string
  readonly message: string
  /** What to do next; empty where nothing helps. */
  readonly hint: string
  /** What the error consists of, where it is several. */
  readonly errors?: readonly ErrorFacts[]
  /** What cannot be used, one by one, where the command line or the configuration is wrong. */
  readonly problems?: readonly object[]
}

/** What an error says: the server's own code where it has one, that of the system, or a general one. */
export function errorFacts(error: unknown): ErrorFacts {
  if (error instanceof AggregateError) {
    const { message, errors } = error
    return { code: 'several_errors', message, hint: '', errors: errors.map(errorFacts) }
  }
  const { message, hint = '', code } = error as Partial<CommandError> & { code?: unknown }
  if (error instanceof ServerError || error instanceof CommandError) {
    const text = typeof code === 'string' ? code : 'command_failed'
    return { code: text, message: message ?? '', hint: cliHints[text] ?? hint }
  }
  if (!(error instanceof Error)) return { code: 'command_failed', message: String(error), hint: '' }
  if (error.name === 'ListenError') return { code: 'cannot_listen', message: error.message, hint: '' }
  return { code: typeof code === 'string' ? code : 'internal', message: error.message, hint: '' }
}

/** One line of JSON. */
export const errorLine = (facts: ErrorFacts): string => `${JSON.stringify({ error: facts })}\n`

/** What a person at a terminal does next, where the server speaks of requests. */
const cliHints: Readonly<Record<string, string>> = {
  model_not_found: '`hearth list` shows the models that are here and in the catalog; `hearth pull NAME` fetches one.',
  model_in_memory: 'Unload it first with `hearth unload`, or say --force, which cuts its requests.',
}
