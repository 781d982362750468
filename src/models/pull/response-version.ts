import { isPlain } from './get.ts'
import type { RemoteVersion } from './part-file.ts'

/** What the answers on the way to a file tell of it. Hugging Face gives the sum before it redirects, as X-Linked-Etag. */
export function readVersion(response: Response, headers: readonly Headers[]): RemoteVersion {
  const validator = strongTag(response.headers.get('etag')) ?? response.headers.get('last-modified') ?? undefined
  const linked = headers.map((each) => each.get('x-linked-etag')).find((tag) => tag !== null)
  const sha256 = /^(?:W\/)?"?([0-9a-f]{64})"?$/i.exec(linked ?? '')?.[1]?.toLowerCase()
  const totalBytes = response.status === 206 ? totalOfRange(response) : lengthOf(response)
  return {
    ...(validator !== undefined && { validator }),
    ...(sha256 !== undefined && { sha256 }),
    ...(totalBytes !== undefined && { totalBytes }),
  }
}

/** The first byte of a Content-Range, `bytes 100-199/200`. */
export function startOfRange(response: Response): number | undefined {
  return numberIn(response, /^bytes (\d+)-/)
}

/** The last byte of a Content-Range. */
export function endOfRange(response: Response): number | undefined {
  return numberIn(response, /^bytes \d+-(\d+)/)
}

/** The length of the whole file in a Content-Range. */
export function totalOfRange(response: Response): number | undefined {
  return numberIn(response, /\/(\d+)$/)
}

function numberIn(response: Response, pattern: RegExp): number | undefined {
  const found = pattern.exec(response.headers.get('content-range') ?? '')?.[1]
  return found === undefined ? undefined : Number(found)
}

function lengthOf(response: Response): number | undefined {
  const length = response.headers.get('content-length')
  return length === null || !isPlain(response) ? undefined : Number(length)
}

/** A weak tag says that two files mean the same, not that their bytes are the same: no use to If-Range. */
function strongTag(tag: string | null): string | undefined {
  return tag?.startsWith('"') ? tag : undefined
}
