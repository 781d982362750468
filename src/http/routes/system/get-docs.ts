import { Type as t } from '@sinclair/typebox'
import { defineRoute } from '../../define-route.ts'
import { RawReply, rawReply } from '../../raw-reply.ts'

/** Everything that the page loads comes from here: it works without a network. */
const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Hearth: API</title>
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script>
      SwaggerUIBundle({ url: '/docs/json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null })
    </script>
  </body>
</html>
`

export default defineRoute({
  method: 'GET',
  path: '/docs',
  operationId: 'system.getDocs',
  scope: 'open',
  summary: 'Read the documentation',
  description: 'A page with every endpoint, its fields and examples, where each can be tried. Works without a network.',
  params: t.Object({}),
  query: t.Object({}),
  body: t.Never(),
  reply: rawReply('text/html'),
  event: t.Never(),
  examples: [{ name: 'the page', raw: { status: 200, mediaType: 'text/html', contains: 'SwaggerUIBundle(' } }],
  refusals: {},
  async handle() {
    return new RawReply({ body: page, headers: { 'content-type': 'text/html; charset=utf-8' } })
  },
})
