import type { DownloadView } from '../../models/downloads.ts'
import type { Download } from '../../protocol/management/downloads.wire.ts'

/** A download, as GET /v1/downloads shows it. */
export function fromDownload(view: DownloadView): Download {
  const { resolved, modelId, totalBytes, bytesPerSecond, secondsLeft, endedSeconds, wasFetched, path, error } = view
  return {
    id: view.id,
    model: view.model,
    ...(resolved !== undefined && { resolved }),
    ...(modelId !== undefined && { model_id: modelId }),
    state: view.state,
    ...(totalBytes !== undefined && { progress: totalBytes > 0 ? Math.min(1, view.doneBytes / totalBytes) : 1 }),
    done_bytes: view.doneBytes,
    ...(totalBytes !== undefined && { total_bytes: totalBytes }),
    ...(bytesPerSecond !== undefined && { bytes_per_second: Math.round(bytesPerSecond) }),
    ...(secondsLeft !== undefined && Number.isFinite(secondsLeft) && { seconds_left: Math.ceil(secondsLeft) }),
    ...(view.verifying && {
      verifying: { done_bytes: view.verifying.doneBytes, total_bytes: view.verifying.totalBytes },
    }),
    files: view.files.map((file) => ({
      name: file.name,
      done_bytes: file.doneBytes,
      ...(file.totalBytes !== undefined && { total_bytes: file.totalBytes }),
    })),
    started_at: Math.floor(view.startedSeconds),
    ...(endedSeconds !== undefined && { ended_at: Math.floor(endedSeconds) }),
    ...(wasFetched !== undefined && { fetched: wasFetched }),
    ...(path !== undefined && { path }),
    ...(error && { error: { code: error.code, detail: error.message, hint: error.hint } }),
  }
}
