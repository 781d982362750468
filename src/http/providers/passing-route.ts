import { Type as t } from '@sinclair/typebox'
import { ForwardedAnswer } from '../../protocol/openai/upstream.wire.ts'
import { defineRoute, type Route } from '../define-route.ts'
import { providerParam } from './forwarding-route.ts'
import { passedScope, passOn } from './pass-on.ts'
import { surface } from './surface.ts'

const linesOf = (method: string): string =>
  surface
    .filter((row) => row.method === method)
    .map(({ ability, path, scope }) => `- \`${path}\` (${ability}${scope === 'admin' ? '; scope `admin`' : ''})`)
    .join('\n')

const description = (method: string) => `Of a provider that has the ability in brackets, and of no other path:

${linesOf(method)}

The request goes on as it came, also a form, up to max_body_bytes, and so does the answer. What lies in an account
at the provider is reached with this server's own key, and asks for the scope \`admin\` therefore.`

/** The route for whatever else a provider has, by one method. */
export function passingRoute(method: 'GET' | 'POST' | 'DELETE', example: { path: string; reply: unknown }): Route {
  const to = (provider: string, path = example.path) => ({ params: { provider, path } })
  return defineRoute({
    method,
    path: '/{provider}/v1/{path...}',
    operationId: `providers.${method.toLowerCase()}`,
    summary: { GET: 'Ask a provider', POST: 'Send to a provider', DELETE: 'Delete at a provider' }[method],
    description: description(method),
    params: t.Object({ provider: providerParam, path: t.String({ description: 'One of the paths above.' }) }),
    query: t.Object({}),
    body: t.Never(),
    ...(method === 'POST' && { takesBytes: true as const }),
    ...(method !== 'GET' && { changesState: true as const }),
    scope: 'admin',
    scopeFor: passedScope,
    reply: ForwardedAnswer,
    event: t.Never(),
    examples: [{ name: 'a file of the account', ...to('example'), reply: example.reply }],
    refusals: {
      provider_not_found: to('absent'),
      operation_not_offered: to('example', 'organization/users'),
      provider_not_configured: to('keyless'),
    },
    handle: (call) => passOn(call as Parameters<typeof passOn>[0], method),
  })
}
