import { afterAll, beforeAll, describe } from 'bun:test'
import OpenAI from 'openai'
import { realModels } from '../real-models.ts'
import type { Hearth } from '../start-hearth.ts'
import { realCases } from './openai-cases.ts'
import { llamaServerFile, openGateway, openLlamaServer, type RealServer } from './real-servers.ts'

describe.if(llamaServerFile !== undefined)('llama-server behind Hearth', () => {
  let server: RealServer
  let gateway: Hearth

  beforeAll(async () => {
    server = await openLlamaServer((await realModels()).chat)
    gateway = await openGateway({ providers: [{ name: 'llama', base_url: server.url }] })
  })
  afterAll(async () => {
    await gateway?.stop()
    await server?.[Symbol.asyncDispose]()
  })

  realCases({
    client: () => new OpenAI({ baseURL: `${gateway.url}/llama/v1`, apiKey: 'none', maxRetries: 0 }),
    model: 'SmolLM2-135M-Instruct.Q4_1.gguf',
    // Asked directly it does not call the tool either, required or not: it answers with plain text.
    hasTools: false,
  })
})
