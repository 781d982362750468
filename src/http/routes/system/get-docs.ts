import { createHash } from 'node:crypto'
import { Type as t } from '@sinclair/typebox'
import { defineRoute } from '../../define-route.ts'
import { RawReply, rawReply } from '../../raw-reply.ts'

const script = "SwaggerUIBundle({ url: 'docs/json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null })"

/** Everything that the page loads comes from beside it: it works without a network, and under any path of a proxy. */
const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Hearth: API</title>
    <link rel="icon" type="image/png" href="docs/favicon-32x32.png">
    <link rel="stylesheet" href="docs/swagger-ui.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script>${script}</script>
  </body>
</html>
`

/**
 * What the page may do: run the two programs that it names, show the pictures that its style sheet holds, and ask this server.
 * Swagger UI sets styles of single elements.
 */
const policy = [
  "default-src 'none'",
  `script-src 'self' 'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

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
    const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }
    return new RawReply({ body: page, headers })
  },
})
