import type { DownloadView } from '../models/downloads.ts'
import type { CommandContext } from './command.ts'
import { progressFor } from './progress-for.ts'
import { harmless } from './styles.ts'

/** How far a download is, as much of it as people are shown. */
export type ShownDownload = Pick<
  DownloadView,
  | 'model'
  | 'modelId'
  | 'resolved'
  | 'state'
  | 'doneBytes'
  | 'totalBytes'
  | 'bytesPerSecond'
  | 'secondsLeft'
  | 'verifying'
>

/** Shows a download on standard error: as a bar on a terminal, otherwise as a line now and then. */
export interface DownloadDisplay extends Disposable {
  show(download: ShownDownload): void
}

const said: Partial<Record<DownloadView['state'], string>> = {
  waiting: 'waiting: others are fetched first, or another process fetches the same',
  verifying: 'checking the SHA-256',
}

/** To be disposed of before anything else is written. */
export function createDownloadDisplay(context: Pick<CommandContext, 'streams' | 'environment'>): DownloadDisplay {
  const display = progressFor(context)
  let state: DownloadView['state'] | undefined
  let resolved: string | undefined
  return {
    show(download) {
      const name = harmless(download.modelId ?? download.model)
      if (download.resolved !== undefined && download.resolved !== resolved && download.resolved !== name)
        display.say(harmless(`${download.model} is ${download.resolved}`))
      resolved = download.resolved
      if (download.state !== state && said[download.state]) display.say(`${name}: ${said[download.state]}`)
      state = download.state
      if (download.verifying) display.show({ model: name, step: 'verify', ...download.verifying })
      const { doneBytes, totalBytes, bytesPerSecond, secondsLeft } = download
      if (state !== 'downloading' && state !== 'converting') return
      display.show({
        model: name,
        step: state === 'converting' ? 'convert' : 'download',
        doneBytes,
        ...(totalBytes !== undefined && { totalBytes }),
        ...(bytesPerSecond !== undefined && { bytesPerSecond }),
        ...(secondsLeft !== undefined && { secondsLeft }),
      })
    },
    [Symbol.dispose]: () => display.end(),
  }
}
