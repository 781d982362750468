/** How an answer is packed although nobody wanted it so. Undefined: it is not. Pure. */
export function packingOf(headers: Headers): 'gzip' | 'deflate' | 'unknown' | undefined {
  const said = headers.get('content-encoding')?.trim().toLowerCase() || 'identity'
  if (said === 'identity') return undefined
  if (said === 'gzip' || said === 'x-gzip') return 'gzip'
  return said === 'deflate' ? 'deflate' : 'unknown'
}

/** The body as it was before it was packed; no more of it is unpacked than is read. */
export const unpacked = (body: ReadableStream<Uint8Array> | null, packing: 'gzip' | 'deflate') =>
  (body as ReadableStream<Uint8Array<ArrayBuffer>> | null)?.pipeThrough(new DecompressionStream(packing)) ?? null

/** The headers of what was unpacked. */
export function unpackedHeaders(headers: Headers): Headers {
  const plain = new Headers(headers)
  plain.delete('content-encoding')
  plain.delete('content-length')
  return plain
}
