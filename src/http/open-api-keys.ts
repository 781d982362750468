import { type ErrorCode, errorCatalog } from '../core/errors.ts'
import { doorRefusals, type Route, scopeOf } from './define-route.ts'
import type { RouteScope } from './hooks/authorise.ts'
import { isMetered } from './limits/key-accounts.ts'
import { openAiErrors, problemDetails } from './render-error.ts'

type Json = Readonly<Record<string, unknown>>

const contents = {
  [openAiErrors.mediaType]: { schema: { $ref: '#/components/schemas/Error' } },
  [problemDetails.mediaType]: { schema: { $ref: '#/components/schemas/Problem' } },
}

const challenge = { 'WWW-Authenticate': { description: 'As in RFC 6750.', schema: { type: 'string' } } }

const answerOf = (description: string, status: number): Json => ({
  description: `${description}: ${codesOf(status).join(', ')}.`,
  headers: challenge,
  content: contents,
})

const codesOf = (status: number) =>
  doorRefusals.filter((code) => errorCatalog[code].status === status).map((code) => `\`${code}\``)

/** What stands once in the document about keys. */
export const keyComponents: Json = {
  securitySchemes: {
    key: {
      type: 'http',
      scheme: 'bearer',
      description: `An API key, made with \`hearth keys create\`. Keys are asked for as soon as there is one; until then every request is
answered. The headers \`x-api-key\` and \`api-key\` do as well. A key has scopes: \`inference\`, \`read\` (what the server does),
\`admin\` (everything); each operation names the one that it asks for (\`x-scope\`; \`open\`: it answers everybody, \`any\`: every valid
key). Answers to a key with limits have the headers \`x-ratelimit-limit-requests\`, \`x-ratelimit-remaining-requests\`,
\`x-ratelimit-reset-requests\`, and the same of \`tokens\` and \`tokens-day\`; what is over a limit is refused with 429 and Retry-After.`,
    },
  },
  responses: {
    KeyRefused: answerOf('No key was sent, or none that is valid', 401),
    NotAllowed: answerOf('The key lacks the scope, or may not use the model; or a page of another site sent it', 403),
  },
}

/** What an operation asks of a key. Where that depends on the path, it is that of the path which its example shows. */
export const shownScope = (route: Route): RouteScope =>
  route.scopeFor?.((route.examples[0]?.params ?? {}) as Readonly<Record<string, string>>, route.method) ??
  scopeOf(route)

/** As OpenAPI has it: nothing at all of an operation that is open to everybody. */
export function securityOf(route: Route): readonly Json[] {
  const scope = shownScope(route)
  if (scope === 'open') return []
  return [{ key: scope === 'any' ? [] : [scope] }, {}]
}

/** The answers to whoever may not come in. */
export const doorFailures = (route: Route): Json => ({
  ...(scopeOf(route) !== 'open' && { 401: { $ref: '#/components/responses/KeyRefused' } }),
  403: { $ref: '#/components/responses/NotAllowed' },
})

/** Codes of the door that stand in the operation itself, beside others of the same status. */
export function doorCodesBeside(route: Route): readonly ErrorCode[] {
  const hasForbidden = Object.keys(route.refusals).some((code) => errorCatalog[code as ErrorCode].status === 403)
  return [
    ...(scopeOf(route) === 'open' ? [] : (['keys_unavailable'] as const)),
    ...(isMetered(scopeOf(route)) ? (['rate_limited'] as const) : []),
    ...(hasForbidden ? doorRefusals.filter((code) => errorCatalog[code].status === 403) : []),
  ]
}
