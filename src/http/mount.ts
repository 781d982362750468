import { Elysia } from 'elysia'
import { type Answer, answerWith } from './answer.ts'
import type { Route } from './define-route.ts'
import { type Connection, Exchange } from './exchange.ts'
import { limitHead } from './hooks/limit-head.ts'
import { RequestGate } from './hooks/request-gate.ts'
import { renderError } from './render-error.ts'
import { firstParts, matchPath, parsePath, type RoutePath } from './route-path.ts'
import type { Services } from './services.ts'
import { errorsFor, type KnownPath, refuseUnrouted } from './unrouted.ts'

/** All routes as one function: a request in, its answer out. Never throws. */
export interface MountedRoutes {
  fetch(request: Request, connection?: Connection): Promise<Response>
}

/** The only place that knows Elysia: definitions go in, checked and documented endpoints come out. */
export function mount(routes: readonly Route[], services: Services): MountedRoutes {
  const exchanges = new WeakMap<Request, Exchange>()
  const taken = firstParts(routes.map(({ path }) => path))
  const paths: readonly KnownPath[] = routes.map((route) => ({ route, path: parsePath(route.path, taken) }))
  const methods: ReadonlySet<string> = new Set(routes.map((route) => route.method))
  const app = new Elysia()
  const gate = new RequestGate()
  for (const { route, path } of paths) {
    const answer: Answer = answerWith(route, routes)
    app.route(route.method, path.pattern, ({ request }) => respond(request, path, answer), { parse: 'none' })
  }
  app.onError(({ request }) => {
    const exchange = exchanges.get(request)
    return exchange && refuseUnrouted(exchange, paths)
  })
  const respond = (request: Request, path: RoutePath, answer: Answer) => {
    const exchange = exchanges.get(request)
    const params = exchange && matchPath(path, exchange.path)
    // The router knows no names that cannot be: `/api/v1/x` is no path of a provider called `api`.
    if (exchange && !params && path.pattern.startsWith('/:')) return refuseUnrouted(exchange, paths)
    if (exchange) exchange.route = path.template
    return exchange && answer(exchange, params ?? {})
  }
  return {
    async fetch(request, connection) {
      const exchange = new Exchange({ request, services, connection, gate })
      // The listener sends no body to HEAD, but counts it.
      const method = request.method === 'HEAD' ? 'GET' : request.method
      if (!methods.has(method)) return refuseUnrouted(exchange, paths)
      // Elysia looks for the path behind the eleventh character, where the name of a host may not have ended or begun.
      const asked = new Request(exchange.url, { method })
      exchanges.set(asked, exchange)
      try {
        limitHead(request, services.limits.current.maxHeaderBytes)
        return await app.fetch(asked)
      } catch (error) {
        const { status, headers, body } = renderError(error, exchange, errorsFor(exchange.path, paths))
        return exchange.reply(body, { status, headers })
      }
    },
  }
}
