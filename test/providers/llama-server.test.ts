import { afterAll, beforeAll, describe } from 'bun:test'
import OpenAI from 'openai'
import { realModels } from '../real-models.ts'
import type { Hearth } from '../start-hearth.ts'
import { realCases } from './openai-cases.ts'
import { llamaServerFile, openGateway, openLlamaServer, type RealServer } from './real-servers.ts'

describe.if(llamaServerFile !== undefined)('llama-server behind Hearth', () => {
  let server: RealServer
  let embedder: RealServer
  let gateway: Hearth

  beforeAll(async () => {
    const { chat, embedding } = await realModels()
    server = await openLlamaServer(chat)
    embedder = await openLlamaServer(embedding, 'embedding')
    const providers = [
      { name: 'llama', base_url: server.url },
      { name: 'embedder', base_url: embedder.url },
    ]
    gateway = await openGateway({ providers })
  })
  afterAll(async () => {
    await gateway?.stop()
    await server?.[Symbol.asyncDispose]()
    await embedder?.[Symbol.asyncDispose]()
  })

  const clientOf = (name: string) => new OpenAI({ baseURL: `${gateway.url}/${name}/v1`, apiKey: 'none', maxRetries: 0 })
  realCases({
    client: () => clientOf('llama'),
    embeddingModel: 'all-MiniLM-L6-v2.Q8_0.gguf',
    embeddingClient: () => clientOf('embedder'),
    model: 'SmolLM2-135M-Instruct.Q4_1.gguf',
    // Asked directly it does not call the tool either, required or not: it answers with plain text.
    hasTools: false,
  })
})
