import { ServerError } from '../core/errors.ts'
import { CommandError } from './command-error.ts'
import { errorFacts } from './error-facts.ts'
import { harmless } from './styles.ts'

/**
 * What a person at the terminal should read about an error: what happened and what to do. Errors of the system and those
 * made for people are told without a stack; anything else is a bug, and its stack helps whoever mends it. Names of files
 * and answers of servers stand in messages: what would move the cursor is left out.
 */
export function explainError(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(explainError))].join('')
  const { message, hint } = errorFacts(error)
  const isForPeople =
    !(error instanceof Error) ||
    error instanceof ServerError ||
    error instanceof CommandError ||
    error.name === 'ListenError' ||
    typeof (error as NodeJS.ErrnoException).code === 'string'
  if (isForPeople) return harmless(`hearth: ${message}\n${hint ? `        ${hint}\n` : ''}`)
  const { stack } = error as Error
  return harmless(
    `hearth: something went wrong inside the program. This is a bug; please report it with these lines:\n${stack}\n`,
  )
}
