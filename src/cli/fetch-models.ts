import type { Config } from '../config/config.ts'
import type { CommandContext } from './command.ts'
import { openDownloads, pullHere } from './pull-here.ts'

interface FetchCall {
  readonly config: Config
  readonly context: CommandContext
  /** Ids in the catalog. */
  readonly names: readonly string[]
  readonly signal: AbortSignal
}

/**
 * Fetches models into the models folder, one after the other, with progress on standard error. When one cannot be had the
 * others still are; then it rejects with the error of that one, or an `AggregateError` of several.
 */
export async function fetchModels({ config, context, names, signal }: FetchCall): Promise<void> {
  const downloads = await openDownloads(config, context)
  const failures: unknown[] = []
  try {
    for (const model of new Set(names)) {
      try {
        await pullHere({ downloads, request: { model }, context, signal })
      } catch (error) {
        signal.throwIfAborted()
        failures.push(error)
      }
    }
  } finally {
    await downloads.close()
  }
  if (failures.length > 1) throw new AggregateError(failures, 'several models could not be fetched')
  if (failures.length > 0) throw failures[0]
}
