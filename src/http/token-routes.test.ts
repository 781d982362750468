import { expect, test } from 'bun:test'
import { defaultEntries, fakeEntry } from '../../test/fakes/fake-models.ts'
import { createGate } from '../../test/fakes/gate.ts'
import { openServer } from '../../test/fakes/open-server.ts'
import type { RerankReply } from '../protocol/openai/rerank.wire.ts'

const messages = [{ role: 'user', content: 'Say hello.' }]

test('what takes no slot waits for no generation, though the queue is closed', async () => {
  const gate = createGate(0)
  await using open = openServer({ runtime: { gate: gate.hold, slots: 1 }, maxWaiting: 0 })
  const running = open.post('/v1/chat/completions', { messages })
  await gate.arrival()
  expect((await open.post('/v1/chat/completions', { messages })).status).toBe(429)
  const calls = {
    '/v1/tokenize': { content: 'a b' },
    '/v1/detokenize': { tokens: [10] },
    '/v1/chat/completions/render': { messages },
    '/v1/chat/completions/input_tokens': { messages },
  }
  for (const [path, body] of Object.entries(calls)) expect((await open.post(path, body)).status, path).toBe(200)
  gate.open()
  expect((await running).status).toBe(200)
})

test('tokens put together are the text again, and the counts of a prompt are those of its generation', async () => {
  await using open = openServer()
  const text = 'Once upon a time, in a land far away.'
  const { tokens, count } = (await (await open.post('/v1/tokenize', { content: text })).json()) as {
    tokens: number[]
    count: number
  }
  expect(count).toBe(tokens.length)
  expect(await (await open.post('/v1/detokenize', { tokens })).json()).toMatchObject({ content: text, prompt: text })
  const counted = await open.post('/v1/chat/completions/input_tokens', { messages })
  const answered = await open.post('/v1/chat/completions', { messages })
  const { usage } = (await answered.json()) as { usage: { prompt_tokens: number } }
  expect(await counted.json()).toEqual({ object: 'response.input_tokens', input_tokens: usage.prompt_tokens })
})

test('vLLM’s form adds special tokens and gives their texts', async () => {
  await using open = openServer()
  const response = await open.post('/v1/tokenize', { prompt: 'a <|end|>', return_token_strs: true })
  expect(await response.json()).toMatchObject({
    tokens: [0, 1000, 1001, 1],
    token_strs: ['<|begin|>', 'a', ' ', '<|end|>'],
  })
})

test('what cannot be read is refused with its field', async () => {
  await using open = openServer({ limits: { maxBodyBytes: 3_000_000 } })
  const cases: readonly [string, object, string][] = [
    ['/v1/tokenize', {}, 'content'],
    ['/v1/tokenize', { content: 'a', messages }, 'messages'],
    ['/v1/tokenize', { content: 'x'.repeat(500_001) }, 'content'],
    ['/v1/detokenize', { tokens: [99_999] }, 'tokens'],
    ['/v1/detokenize', { tokens: [-1] }, 'tokens[0]'],
    ['/v1/chat/completions/render', { messages, top_logprobs: 3 }, 'top_logprobs'],
    ['/v1/embeddings', { input: 'a', truncate: false, truncate_prompt_tokens: 3 }, 'truncate_prompt_tokens'],
    ['/v1/embeddings', { input: 'a', truncate_prompt_tokens: 0 }, 'truncate_prompt_tokens'],
    ['/v1/rerank', { query: 'a', documents: [] }, 'documents'],
    ['/v1/rerank', { query: 'a', documents: [{ title: 'x' }] }, 'documents[0].text'],
    ['/v1/rerank', { query: 'a', documents: ['b'], rank_fields: ['x'] }, 'rank_fields'],
    ['/v1/rerank', { query: 'a', documents: ['b'], top_n: 0 }, 'top_n'],
    ['/v1/rerank', { query: 'a', documents: ['b', 'word '.repeat(300)] }, 'documents[1]'],
    ['/v1/rerank', { query: 'word '.repeat(300), documents: ['b'] }, 'query'],
    ['/v1/rerank', { query: 'word '.repeat(300), documents: ['b'], truncate: true }, 'query'],
    ['/v1/rerank', { query: 'a', documents: ['b'], truncate: true, truncation: false }, 'truncation'],
    ['/v1/tokenize', { content: 'a', add_special: true, add_special_tokens: false }, 'add_special_tokens'],
  ]
  for (const [path, body, param] of cases) {
    const response = await open.post(path, body)
    expect(response.status, `${path} ${param}`).toBe(400)
    expect(((await response.json()) as { error: { param: string } }).error.param).toBe(param)
  }
})

test('inputs of embeddings are cut where that is asked for, and only there', async () => {
  await using open = openServer()
  const long = 'word '.repeat(300)
  expect((await open.post('/v1/embeddings', { input: long })).status).toBe(400)
  const tokensOf = async (more: object) => {
    const response = await open.post('/v1/embeddings', { input: [long, 'a b c'], ...more })
    return ((await response.json()) as { usage: { prompt_tokens: number } }).usage.prompt_tokens
  }
  expect(await tokensOf({ truncate: true })).toBe(259)
  expect(await tokensOf({ truncate: 'END' })).toBe(259)
  expect(await tokensOf({ truncate_prompt_tokens: -1 })).toBe(259)
  expect(await tokensOf({ truncate_prompt_tokens: 2 })).toBe(4)
})

test('a reranker ranks where there is one, and may be named where there are several', async () => {
  const entries = [
    ...defaultEntries,
    fakeEntry({ id: 'ranker', kind: 'reranker' }),
    fakeEntry({ id: 'zanker', kind: 'reranker' }),
  ]
  await using open = openServer({ entries })
  const documents = ['the dog', 'a black cat sleeps', 'the cat']
  const rank = async (more: object = {}) =>
    (await (await open.post('/v2/rerank', { query: 'black cat', documents, ...more })).json()) as RerankReply
  const reply = await rank()
  expect(reply).toMatchObject({ model: 'ranker', method: 'reranker' })
  expect(reply.results).toEqual([
    { index: 1, relevance_score: 1 },
    { index: 2, relevance_score: 0.5 },
    { index: 0, relevance_score: 0 },
  ])
  expect((await rank({ model: 'zanker' })).model).toBe('zanker')
  const embedded = await rank({ model: 'all-minilm-l6-v2', top_n: 2 })
  expect(embedded).toMatchObject({ model: 'all-minilm-l6-v2', method: 'embedding-similarity' })
  expect(embedded.results.length).toBe(2)
  const cut = await rank({ max_tokens_per_doc: 2 })
  expect(cut.results.map(({ relevance_score: score }) => score)).toEqual([0.5, 0.5, 0])
  expect((await rank({ documents: ['cat '.repeat(400)], truncate: true })).results.length).toBe(1)
})
