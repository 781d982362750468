import { type ConfigProblem, problemLine } from '../config/problem.ts'
import type { CommandContext } from './command.ts'

/** Writes all problems, a line each, and says whether there were any. A command that finds some ends with code 2. */
export function reportProblems(
  problems: readonly ConfigProblem[],
  { writeError }: Pick<CommandContext, 'writeError'>,
): boolean {
  if (problems.length === 0) return false
  writeError(`hearth: ${problems.length === 1 ? 'this cannot be used' : 'these cannot be used'}:\n`)
  for (const problem of problems) writeError(`  ${problemLine(problem)}\n`)
  return true
}
