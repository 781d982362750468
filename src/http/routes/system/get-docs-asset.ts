import { Type as t } from '@sinclair/typebox'
import { readSwaggerFile } from '../../../platform/swagger-files.ts'
import { defineRoute } from '../../define-route.ts'
import { RawReply, rawReply } from '../../raw-reply.ts'

const mediaTypes = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
} as const

const isAsset = (name: string): name is keyof typeof mediaTypes => Object.hasOwn(mediaTypes, name)

export default defineRoute({
  method: 'GET',
  path: '/docs/{asset}',
  operationId: 'system.getDocsAsset',
  scope: 'open',
  summary: 'Load a file of the documentation page',
  description: `The style sheet, the program and the icon of the page: ${Object.keys(mediaTypes).join(', ')}.`,
  params: t.Object({ asset: t.String() }),
  query: t.Object({}),
  body: t.Never(),
  reply: rawReply('application/octet-stream'),
  event: t.Never(),
  examples: [
    {
      name: 'the style sheet',
      params: { asset: 'swagger-ui.css' },
      raw: { status: 200, mediaType: 'text/css', contains: '.swagger-ui' },
    },
    {
      name: 'the program',
      params: { asset: 'swagger-ui-bundle.js' },
      raw: { status: 200, mediaType: 'text/javascript', contains: 'SwaggerUIBundle' },
    },
    {
      name: 'the icon',
      params: { asset: 'favicon-32x32.png' },
      raw: { status: 200, mediaType: 'image/png', contains: 'PNG' },
    },
  ],
  refusals: { route_not_found: { params: { asset: 'package.json' } } },
  async handle({ params, refuse }) {
    const { asset } = params
    if (!isAsset(asset)) throw refuse('route_not_found', { method: 'GET', path: `/docs/${asset}` })
    const headers = { 'content-type': mediaTypes[asset], 'cache-control': 'max-age=3600' }
    return new RawReply({ body: await readSwaggerFile(asset), headers })
  },
})
