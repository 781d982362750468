import { Type as t } from '@sinclair/typebox'
import { Download } from '../../../protocol/management/downloads.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { doneDownload } from '../../management/download.examples.ts'
import { downloadId } from '../../management/download-route.ts'
import { fromDownload } from '../../management/from-download.ts'

export default defineRoute({
  method: 'GET',
  path: '/v1/downloads/{id}',
  operationId: 'models.getDownload',
  summary: 'Show a download',
  description: 'How one download stands: its state, its bytes, how fast it is, and what went wrong where it failed.',
  params: downloadId,
  query: t.Object({}),
  body: t.Never(),
  reply: Download,
  event: t.Never(),
  examples: [{ name: 'one that is done', params: { id: 'download-done' }, reply: doneDownload }],
  refusals: { download_not_found: { params: { id: 'absent' } } },
  async handle({ params, services, refuse }) {
    const view = services.downloads.list().find(({ id }) => id === params.id)
    if (!view) throw refuse('download_not_found', { param: 'id', download: params.id })
    return fromDownload(view)
  },
})
