import type { Download, PullEvent } from '../../protocol/management/downloads.wire.ts'
import type { CommandContext } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { createDownloadDisplay, type ShownDownload } from '../download-display.ts'
import type { HearthClient } from './hearth-client.ts'
import { toRefusal } from './server-refusal.ts'

export interface PullAtServer {
  readonly client: HearthClient
  readonly model: string
  readonly context: CommandContext
  readonly signal: AbortSignal
  readonly isForced?: boolean
  readonly sha256?: string
}

/** What was fetched, or was there already. */
export interface PulledModel {
  /** The name by which requests have it. */
  readonly modelId: string
  readonly path?: string
  readonly wasFetched: boolean
}

/**
 * Has the server fetch a model, with progress on standard error. Rejects with what the server says where it cannot; when
 * the signal aborts, the download is paused there, so that the next pull goes on with it.
 */
export async function pullAtServer(call: PullAtServer): Promise<PulledModel> {
  const { client, model, context, signal } = call
  using display = createDownloadDisplay(context)
  let last: Download | undefined
  try {
    const { isForced, sha256 } = call
    const body = { model, stream: true, ...(isForced && { force: true }), ...(sha256 !== undefined && { sha256 }) }
    for await (const { data } of client.events({ path: '/v1/pull', body, signal })) {
      const refusal = toRefusal(data)
      if (refusal) throw refusal
      last = (data as PullEvent).download
      display.show(toShown(last))
    }
  } catch (error) {
    if (signal.aborted && last) await pause(client, last.id)
    throw error
  }
  if (last?.state === 'done') return toPulled(last)
  throw new CommandError(
    `The download of '${model}' is ${last?.state ?? 'not begun'}.`,
    `\`hearth pull ${model}\` goes on with it.`,
  )
}

const toPulled = ({ model_id: modelId, model, path, fetched }: Download): PulledModel => ({
  modelId: modelId ?? model,
  ...(path !== undefined && { path }),
  wasFetched: fetched ?? true,
})

const toShown = (download: Download): ShownDownload => ({
  model: download.model,
  state: download.state,
  doneBytes: download.done_bytes,
  ...(download.model_id !== undefined && { modelId: download.model_id }),
  ...(download.resolved !== undefined && { resolved: download.resolved }),
  ...(download.total_bytes !== undefined && { totalBytes: download.total_bytes }),
  ...(download.bytes_per_second !== undefined && { bytesPerSecond: download.bytes_per_second }),
  ...(download.seconds_left !== undefined && { secondsLeft: download.seconds_left }),
  ...(download.verifying && {
    verifying: { doneBytes: download.verifying.done_bytes, totalBytes: download.verifying.total_bytes },
  }),
})

/** Whoever presses Ctrl+C does not want the server to go on; what is here stays. */
async function pause(client: HearthClient, id: string): Promise<void> {
  const path = `/v1/downloads/${encodeURIComponent(id)}/pause` as const
  await client.json({ method: 'POST', path, signal: AbortSignal.timeout(2000) }).catch(() => {})
}
