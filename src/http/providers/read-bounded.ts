import { joinBytes } from '../join-bytes.ts'

/** A body as far as it was read: whole, or what has come of it and how the rest comes. */
export type BoundedBody =
  | { readonly type: 'whole'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: 'longer'; readonly chunks: AsyncIterable<Uint8Array> }

/** Reads a body to its end, or gives it back where it is longer than that. Throws what the body throws. */
export async function readBounded(body: AsyncIterable<Uint8Array>, limitBytes: number): Promise<BoundedBody> {
  const iterator = body[Symbol.asyncIterator]()
  const pieces: Uint8Array[] = []
  let length = 0
  while (length <= limitBytes) {
    const { done, value } = await iterator.next()
    if (done) return { type: 'whole', bytes: joinBytes(pieces, length) }
    pieces.push(value)
    length += value.byteLength
  }
  return { type: 'longer', chunks: both(pieces, iterator) }
}

async function* both(pieces: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}
