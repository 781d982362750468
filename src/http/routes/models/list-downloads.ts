import { Type as t } from '@sinclair/typebox'
import { DownloadList } from '../../../protocol/management/downloads.wire.ts'
import { defineRoute } from '../../define-route.ts'
import { doneDownload, pausedDownload } from '../../management/download.examples.ts'
import { fromDownload } from '../../management/from-download.ts'

export default defineRoute({
  method: 'GET',
  path: '/v1/downloads',
  operationId: 'models.listDownloads',
  summary: 'List the downloads',
  description: `Downloads that run or are paused, and those that ended lately; the youngest first. What the server was ended in the
middle of is here again after its next start, paused: POST /v1/downloads/{id}/resume goes on with it.`,
  params: t.Object({}),
  query: t.Object({}),
  body: t.Never(),
  reply: DownloadList,
  event: t.Never(),
  examples: [
    { name: 'one that waits and one that is done', reply: { object: 'list', data: [pausedDownload, doneDownload] } },
  ],
  refusals: {},
  handle: async ({ services }) => ({ object: 'list' as const, data: services.downloads.list().map(fromDownload) }),
})
