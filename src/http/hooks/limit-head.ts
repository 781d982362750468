import { ServerError } from '../../core/errors.ts'

/** A blank and a colon, and the end of the line. */
const betweenBytes = 4

/**
 * Throws `head_too_large` where the method, the address and the headers of a request are longer together. What is far too
 * long has been refused by then, without a text: the listener reads no more than twice as much.
 */
export function limitHead(request: Request, limitBytes: number): void {
  let bytes = request.method.length + request.url.length
  request.headers.forEach((value, name) => {
    bytes += name.length + value.length + betweenBytes
  })
  if (bytes > limitBytes) throw new ServerError('head_too_large', { limitBytes })
}
