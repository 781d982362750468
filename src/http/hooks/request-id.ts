const sane = /^[A-Za-z0-9._:-]{1,128}$/

/** The header that carries the name of a request, in both directions. */
export const requestIdHeader = 'x-request-id'

/** The client's own name for the request where it has a sane one, else a new one. */
export function requestIdOf(request: Request, newId: (prefix: string) => string): string {
  const given = request.headers.get(requestIdHeader)
  return given !== null && sane.test(given) ? given : newId('req-')
}
