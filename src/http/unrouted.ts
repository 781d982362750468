import { ServerError } from '../core/errors.ts'
import { isOpenAi, type Route } from './define-route.ts'
import type { Exchange } from './exchange.ts'
import { isPreflight, preflightHeaders } from './hooks/cors.ts'
import { nearPaths } from './near-path.ts'
import { type ErrorDialect, openAiErrors, problemDetails, renderError } from './render-error.ts'
import { matchPath, type RoutePath } from './route-path.ts'

/** A route that there is, and its path. */
export interface KnownPath {
  readonly route: Route
  readonly path: RoutePath
}

/** No route takes the request: an unknown path, a known one with another method, or a question for the methods. */
export function refuseUnrouted(exchange: Exchange, paths: readonly KnownPath[]): Response {
  const { method } = exchange.request
  const { path } = exchange
  const methods: string[] = paths.filter((known) => matchPath(known.path, path)).map(({ route }) => route.method)
  if (methods.includes('GET')) methods.push('HEAD')
  const allowed = [...new Set(methods)]
  if (isPreflight(exchange.request)) return answerPreflight(exchange, allowed, errorsFor(path, paths))
  if (allowed.length > 0 && method === 'OPTIONS')
    return exchange.reply('', { status: 204, headers: { allow: [...allowed, 'OPTIONS'].join(', ') } })
  const error =
    allowed.length > 0 && !allowed.includes(method)
      ? new ServerError('method_not_allowed', { method, path, allowed })
      : new ServerError('route_not_found', { method, path, near: nearPaths(method, path, paths) })
  const { status, headers, body } = renderError(error, exchange, errorsFor(path, paths))
  return exchange.reply(body, { status, headers })
}

/** What a browser asks before it sends something for a page: without a key, which it does not send then. */
function answerPreflight(exchange: Exchange, methods: readonly string[], dialect: ErrorDialect): Response {
  try {
    return exchange.reply('', {
      status: 204,
      headers: preflightHeaders(exchange.request.headers, exchange.page, methods),
    })
  } catch (error) {
    const { status, headers, body } = renderError(error, exchange, dialect)
    return exchange.reply(body, { status, headers })
  }
}

/** The dialect in which a path is refused: that of the routes which begin as it does for longest, OpenAI's where both do. */
export function errorsFor(path: string, paths: readonly KnownPath[]): ErrorDialect {
  let longest = 0
  let isManagement = false
  for (const { route } of paths) {
    // A name at the beginning would share every path.
    if (route.path.startsWith('/{')) continue
    const length = sharedSteps(path, route.path)
    if (length < longest) continue
    isManagement = !isOpenAi(route) && (isManagement || length > longest)
    longest = length
  }
  return isManagement ? problemDetails : openAiErrors
}

/** Parts of a path that stand at its beginning as in a route's path; a name there takes any one part. */
function sharedSteps(path: string, pattern: string): number {
  const parts = path.split('/').slice(1)
  const wanted = pattern.split('/').slice(1)
  const end = parts.findIndex((part, index) => wanted[index] !== part && !(part && wanted[index]?.startsWith('{')))
  return end < 0 ? parts.length : end
}
