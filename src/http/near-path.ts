import { reservedNames } from '../core/provider-names.ts'
import { findPath } from './providers/surface.ts'
import type { KnownPath } from './unrouted.ts'

/** What other servers call it. */
const elsewhere: Readonly<Record<string, string>> = {
  chat: 'chat/completions',
  completion: 'completions',
  embed: 'embeddings',
  embedding: 'embeddings',
  generate: 'completions',
  tags: 'models',
}

/** Parts of the longest path that somebody would mistype. */
const mostParts = 8

/**
 * Paths that a client most likely meant: with a base URL without `/v1`, with one that has it twice or has an endpoint at its end, and
 * with paths of Ollama and llama-server. What only providers have is named behind `/{provider}`. Pure.
 */
export function nearPaths(method: string, path: string, paths: readonly KnownPath[]): readonly string[] {
  const parts = path.split('/').filter(Boolean)
  if (parts.length > mostParts) return []
  const known = new Set<string>(paths.filter(({ route }) => route.method === method).map(({ route }) => route.path))
  for (const index of parts.keys()) {
    const tail = parts.slice(index).join('/')
    const meant = Object.hasOwn(elsewhere, tail) ? elsewhere[tail] : tail
    const near = `/v1/${meant}`
    const [first = ''] = parts
    const isBehindName = index > 0 && known.has(`/{provider}${near}`) && !reservedNames.includes(first)
    if (known.has(near)) return isBehindName ? [`/${first}${near}`, near] : [near]
    if (meant !== undefined && findPath(method, meant)) return [`/{provider}${near}`]
  }
  return []
}
