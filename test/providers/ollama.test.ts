import { afterAll, beforeAll, describe } from 'bun:test'
import OpenAI from 'openai'
import { realModels } from '../real-models.ts'
import type { Hearth } from '../start-hearth.ts'
import { realCases } from './openai-cases.ts'
import { ollamaFile, openGateway, openOllama, type RealServer } from './real-servers.ts'

describe.if(ollamaFile !== undefined)('Ollama behind Hearth', () => {
  let server: RealServer
  let gateway: Hearth

  beforeAll(async () => {
    const { chat, embedding } = await realModels()
    server = await openOllama({ smol: chat, minilm: embedding })
    gateway = await openGateway({}, { OLLAMA_BASE_URL: server.url })
  }, 60_000)
  afterAll(async () => {
    await gateway?.stop()
    await server?.[Symbol.asyncDispose]()
  })

  realCases({
    client: () => new OpenAI({ baseURL: `${gateway.url}/ollama/v1`, apiKey: 'none', maxRetries: 0 }),
    model: 'smol:latest',
    embeddingModel: 'minilm:latest',
    // The template that Ollama makes for this model knows no tools.
    hasTools: false,
  })
})
