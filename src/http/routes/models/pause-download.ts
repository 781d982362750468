import { pausedDownload } from '../../management/download.examples.ts'
import { downloadRoute } from '../../management/download-route.ts'

export default downloadRoute({
  action: 'pause',
  summary: 'Pause a download',
  description: `Stops a download so that it can go on later; what is here of it stays. Pausing one that is paused or done already is no
error.`,
  example: { name: 'one that is paused already', id: 'download-paused', reply: pausedDownload },
})
