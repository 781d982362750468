import { Type as t } from '@sinclair/typebox'
import type { Downloads } from '../../models/downloads.ts'
import { Download } from '../../protocol/management/downloads.wire.ts'
import { defineRoute, type Route } from '../define-route.ts'
import { fromDownload } from './from-download.ts'

export const downloadId = t.Object({ id: t.String({ description: 'As GET /v1/downloads lists it.' }) })

interface DownloadAction {
  readonly action: keyof Pick<Downloads, 'pause' | 'resume' | 'cancel'>
  readonly summary: string
  readonly description: string
  readonly example: { readonly name: string; readonly id: string; readonly reply: Download }
}

/** A route that does something with one download. */
export const downloadRoute = ({ action, summary, description, example: { name, id, reply } }: DownloadAction): Route =>
  defineRoute({
    method: 'POST',
    path: `/v1/downloads/{id}/${action}`,
    operationId: `models.${action}Download`,
    summary,
    description,
    params: downloadId,
    query: t.Object({}),
    body: t.Never(),
    reply: Download,
    event: t.Never(),
    examples: [{ name, params: { id }, reply }],
    refusals: { download_not_found: { params: { id: 'absent' } } },
    handle: async ({ params, services }) => fromDownload(await services.downloads[action](params.id)),
  })
