import { embed } from '../client.ts'
import type { Case, Mark, Server } from './benchmark.ts'
import { randomText } from './texts.ts'

interface EmbeddingOptions {
  readonly texts: number
  /** Of each text, about. */
  readonly tokens: number
  /** Requests one after the other, for a time that is long enough to be told truly. */
  readonly requests: number
  readonly mark: Mark
}

/** So many texts in one request. */
export function embeddingCase({ texts, tokens, requests, mark }: EmbeddingOptions): Case {
  const kind = tokens > 100 ? 'long' : 'short'
  return {
    id: `embed-${kind}-${texts}`,
    title: `embeddings, ${texts} ${kind} ${texts === 1 ? 'text' : 'texts'} (about ${tokens} tokens each) a request`,
    values: [{ unit: 'texts/s', better: 'more', mark }],
    async measure({ server, seed }) {
      const bodies = Array.from({ length: requests }, (_, request) =>
        Array.from({ length: texts }, (_, index) => randomText((seed * requests + request) * texts + index, tokens)),
      )
      const startedAt = performance.now()
      for (const body of bodies) await embed(server.url, body)
      return [((texts * requests) / (performance.now() - startedAt)) * 1000]
    },
  }
}

/** Two requests of a few texts each. */
export async function warmUpEmbedding(server: Server): Promise<void> {
  for (const seed of [1, 2])
    await embed(
      server.url,
      [1, 2, 3, 4].map((index) => randomText(seed * 10 + index, 12)),
    )
}
