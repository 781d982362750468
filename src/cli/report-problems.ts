import { type ConfigProblem, problemLine } from '../config/problem.ts'
import type { CommandContext } from './command.ts'
import { errorLine } from './error-facts.ts'
import { harmless } from './styles.ts'

/**
 * Writes all problems, a line each, or with --json as one line of JSON, and says whether there were any. A command that
 * finds some ends with code 2.
 */
export function reportProblems(
  problems: readonly ConfigProblem[],
  { writeError, flags }: Pick<CommandContext, 'writeError'> & Partial<Pick<CommandContext, 'flags'>>,
): boolean {
  if (problems.length === 0) return false
  const lines = problems.map((problem) => harmless(problemLine(problem)))
  const title = problems.length === 1 ? 'this cannot be used' : 'these cannot be used'
  if (flags?.json === 'true') {
    const message = `${title}: ${lines.join('; ')}`
    writeError(errorLine({ code: 'not_understood', message, hint: '', problems }))
    return true
  }
  writeError(`hearth: ${title}:\n${lines.map((line) => `  ${line}\n`).join('')}`)
  return true
}
