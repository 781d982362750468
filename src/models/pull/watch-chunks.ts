import { Transform } from 'node:stream'

/** A part of a pipeline that hands everything on, and shows each chunk to somebody first. */
export const watchChunks = (onChunk: (chunk: Uint8Array) => void): Transform =>
  new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      onChunk(chunk)
      done(null, chunk)
    },
  })
