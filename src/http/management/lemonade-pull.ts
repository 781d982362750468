import { messageOf } from '../../core/errors.ts'
import type { DownloadView } from '../../models/downloads.ts'
import type { PullEvent } from '../../protocol/management/downloads.wire.ts'
import type { Services } from '../services.ts'

/** How a download stands, as Lemonade's clients read it: by the file that is fetched now. */
export function lemonadeProgress({
  files,
  doneBytes,
  totalBytes,
  state,
}: DownloadView): Omit<PullEvent, 'type' | 'download'> {
  const open = files.findIndex((file) => file.totalBytes === undefined || file.doneBytes < file.totalBytes)
  const index = open < 0 ? files.length - 1 : open
  const file = files[index]
  return {
    ...(file && {
      file: file.name,
      file_index: index + 1,
      total_files: files.length,
      bytes_downloaded: file.doneBytes,
    }),
    ...(file?.totalBytes !== undefined && { bytes_total: file.totalBytes }),
    ...(totalBytes !== undefined && { percent: percentOf(doneBytes, totalBytes) }),
    ...(totalBytes === undefined && state === 'done' && { percent: 100 }),
  }
}

const percentOf = (done: number, total: number) => (total > 0 ? Math.min(100, Math.floor((100 * done) / total)) : 100)

/** Gives a model one more name once its download is done, whoever watches. What comes to nothing is for the log. */
export function nameWhenDone(
  { id, name }: { readonly id: string; readonly name: string },
  { downloads, models, log }: Pick<Services, 'downloads' | 'models' | 'log'>,
): void {
  void (async () => {
    try {
      let last: DownloadView | undefined
      for await (const view of downloads.watch(id, new AbortController().signal)) last = view
      if (last?.state === 'done' && last.modelId !== undefined && last.modelId !== name)
        await models.addAlias(name, last.modelId)
    } catch (error) {
      log.warn('a model could not be given the name that its pull asked for', { name, problem: messageOf(error) })
    }
  })()
}
