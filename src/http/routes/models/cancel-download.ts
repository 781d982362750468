import { cancelledDownload } from '../../management/download.examples.ts'
import { downloadRoute } from '../../management/download-route.ts'

export default downloadRoute({
  action: 'cancel',
  summary: 'Cancel a download',
  description: `Ends a download and takes away what is here of it. Of one that is done only its line in the list goes; the model stays,
and DELETE /v1/delete deletes it.`,
  example: { name: 'one that was paused', id: 'download-paused', reply: cancelledDownload },
})
