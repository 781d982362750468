import { ServerError } from '../core/errors.ts'
import { CommandError } from './command-error.ts'

/**
 * What a person at the terminal should read about an error: what happened and what to do. Errors of the system and those
 * made for people are told without a stack; anything else is a bug, and its stack helps whoever mends it.
 */
export function explainError(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(explainError))].join('')
  if (error instanceof ServerError || error instanceof CommandError)
    return `hearth: ${error.message}\n${error.hint ? `        ${error.hint}\n` : ''}`
  if (!(error instanceof Error)) return `hearth: ${String(error)}\n`
  const isForPeople = error.name === 'ListenError' || typeof (error as NodeJS.ErrnoException).code === 'string'
  if (isForPeople) return `hearth: ${error.message}\n`
  return `hearth: something went wrong inside the program. This is a bug; please report it with these lines:\n${error.stack}\n`
}
