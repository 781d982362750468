/** What may go into logs, answers and headers as it is. */
const sane = /^[A-Za-z0-9._:@/+=-]{1,128}$/

/** The header that carries the name of a request, in both directions. */
export const requestIdHeader = 'x-request-id'

/** The header that carries the name of what a request is a part of, in both directions and to other servers. */
export const correlationIdHeader = 'x-correlation-id'

/** The client's own name for the request where it has a sane one, else a new one. */
export function requestIdOf(request: Request, newId: (prefix: string) => string): string {
  return saneIn(request, requestIdHeader) ?? newId('req-')
}

/** Absent where the client gives none, or none that could be written anywhere. */
export const correlationIdOf = (request: Request): string | undefined => saneIn(request, correlationIdHeader)

/** Of W3C's Trace Context: the name of the trace that the client has put the request into. */
export function traceIdOf(request: Request): string | undefined {
  const [, id] =
    /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-|$)/.exec(request.headers.get('traceparent') ?? '') ??
    []
  return id === '0'.repeat(32) ? undefined : id
}

function saneIn(request: Request, header: string): string | undefined {
  const given = request.headers.get(header)?.trim()
  return given !== undefined && sane.test(given) ? given : undefined
}
