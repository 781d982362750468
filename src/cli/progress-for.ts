import { createProgressDisplay, type ProgressDisplay } from '../models/pull/progress-display.ts'
import type { CommandContext } from './command.ts'

/** Progress on standard error: as a bar where a terminal can draw one, otherwise as a line now and then. */
export function progressFor({
  streams,
  environment,
}: Pick<CommandContext, 'streams' | 'environment'>): ProgressDisplay {
  const { errors } = streams
  const isDrawable = errors.isTTY === true && environment.variables.TERM !== 'dumb'
  if (isDrawable) return createProgressDisplay({ stream: errors })
  const plain = { write: (text: string) => errors.write(text) } as NodeJS.WritableStream
  return createProgressDisplay({ stream: plain })
}
