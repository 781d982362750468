import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { chatModel, embeddingModel } from '../clients/questions.ts'
import { type Hearth, startHearth } from '../start-hearth.ts'
import { realCases } from './openai-cases.ts'
import { openGateway } from './real-servers.ts'

// One Hearth has the models, another one has it as its provider.
let second: Hearth
let gateway: Hearth

beforeAll(async () => {
  second = await startHearth()
  const providers = [{ name: 'second', base_url: `${second.url}/v1` }]
  const fallbacks = [{ model: 'absent-model', to: [`second/${chatModel}`] }]
  gateway = await openGateway({ providers, fallbacks })
})
afterAll(async () => {
  await gateway?.stop()
  await second?.stop()
})

const clientAt = (path: string) => new OpenAI({ baseURL: `${gateway.url}${path}`, apiKey: 'none', maxRetries: 0 })

describe('by the name of the provider in the path', () =>
  realCases({ client: () => clientAt('/second/v1'), model: chatModel, embeddingModel }))
describe('by provider/model', () =>
  realCases({
    client: () => clientAt('/v1'),
    model: `second/${chatModel}`,
    embeddingModel: `second/${embeddingModel}`,
  }))

test('a model that is not here is stood in for', async () => {
  const ask = { model: 'absent-model', messages: [{ role: 'user' as const, content: 'Hello!' }], max_tokens: 4 }
  const { response } = await clientAt('/v1').chat.completions.create(ask).withResponse()
  expect(response.headers.get('x-hearth-model')).toBe(`second/${chatModel}`)
})

test('documents are ranked, and an error there comes through with its own code', async () => {
  const send = { model: `second/${embeddingModel}`, query: 'a cat', documents: ['a cat', 'a house'] }
  const ranked: unknown = await clientAt('/v1').post('/rerank', { body: send })
  expect((ranked as { results: { index: number }[] }).results[0]?.index).toBe(0)
  const wrong = clientAt('/second/v1').chat.completions.create({ model: chatModel, messages: [], temperature: 99 })
  expect(await wrong.catch((error: unknown) => error)).toMatchObject({ status: 400, code: 'upstream_rejected' })
})
