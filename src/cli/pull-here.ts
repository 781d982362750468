import type { Config } from '../config/config.ts'
import type { Downloads, DownloadView, PullRequest } from '../models/downloads.ts'
import type { PulledModel } from './client/pull-at-server.ts'
import type { CommandContext } from './command.ts'
import { CommandError } from './command-error.ts'
import { createDownloadDisplay } from './download-display.ts'

/** The downloads of this process, for the models folder of the configuration. To be closed. */
export async function openDownloads(
  config: Config,
  { environment, writeError }: Pick<CommandContext, 'environment' | 'writeError'>,
): Promise<Downloads> {
  const { composeDownloads } = await import('../compose-downloads.ts')
  const tell = (message: string) => writeError(`${message}\n`)
  return composeDownloads({ config, environment, log: { info: () => {}, warn: tell } })
}

interface PullHere {
  readonly downloads: Downloads
  readonly request: PullRequest
  readonly context: CommandContext
  readonly signal: AbortSignal
}

/**
 * Fetches a model in this process, with progress on standard error. Rejects with the `ServerError` that says why it cannot
 * be had; when the signal aborts, what is here stays, and the next pull goes on with it.
 */
export async function pullHere({ downloads, request, context, signal }: PullHere): Promise<PulledModel> {
  using display = createDownloadDisplay(context)
  let last: DownloadView = await downloads.start(request)
  for await (const view of downloads.watch(last.id, signal)) {
    last = view
    display.show(view)
  }
  if (signal.aborted) {
    await downloads.pause(last.id)
    signal.throwIfAborted()
  }
  if (last.error) throw last.error
  if (last.state === 'done')
    return {
      modelId: last.modelId ?? last.model,
      wasFetched: last.wasFetched ?? true,
      ...(last.path !== undefined && { path: last.path }),
    }
  throw new CommandError(`The download of '${request.model}' is ${last.state}.`, 'Give the command again to go on.')
}
