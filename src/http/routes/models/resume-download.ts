import { resumedDownload } from '../../management/download.examples.ts'
import { downloadRoute } from '../../management/download-route.ts'

export default downloadRoute({
  action: 'resume',
  summary: 'Resume a download',
  description: `Goes on with a download that was paused, that failed, or that the end of the server interrupted, where it was. One that was
cancelled starts again.`,
  example: { name: 'one that was paused', id: 'download-paused', reply: resumedDownload },
})
