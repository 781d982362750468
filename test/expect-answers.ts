import { expect } from 'bun:test'

/** Sentences whose likeness any model of embeddings must see: the first two say nearly the same, the third does not. */
export const sentences = [
  'a cat sits on the mat',
  'a kitten rests on the rug',
  'the stock market crashed today',
] as const

/** The cosine of two vectors of any length. */
export function cosine(left: readonly number[], right: readonly number[]): number {
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, index) => sum + x * (b[index] ?? 0), 0)
  return dot(left, right) / Math.sqrt(dot(left, left) * dot(right, right))
}

/** Checks the vectors of `sentences`: their length, and who is near whom. */
export function expectLikeness(vectors: readonly (readonly number[])[]): void {
  expect(vectors.map((vector) => vector.length)).toEqual([384, 384, 384])
  const [cat = [], kitten = [], market = []] = vectors
  expect(cosine(cat, cat)).toBeCloseTo(1, 4)
  expect(cosine(cat, kitten)).toBeGreaterThan(0.6)
  expect(cosine(cat, market)).toBeLessThan(0.2)
}

/** The main job, over the wire: whole and streamed chat give the same text at temperature 0, and embeddings make sense. */
export async function expectAnswers(url: string): Promise<void> {
  const whole = await chat(url, false).then((response) => response.json())
  const text: string = whole.choices[0].message.content
  expect(text.trim()).not.toBe('')
  expect(['stop', 'length']).toContain(whole.choices[0].finish_reason)
  expect(whole.usage.total_tokens).toBe(whole.usage.prompt_tokens + whole.usage.completion_tokens)
  const events = readEvents(await chat(url, true).then((response) => response.text()))
  expect(events.map((event) => event.choices[0]?.delta?.content ?? '').join('')).toBe(text)
  const embedding = await post(url, '/v1/embeddings', { input: sentences }).then((response) => response.json())
  expectLikeness(embedding.data.map((row: { embedding: number[] }) => row.embedding))
}

/** Posts JSON and demands status 200. */
export async function post(url: string, path: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
  return response
}

const chat = (url: string, stream: boolean) =>
  post(url, '/v1/chat/completions', {
    messages: [{ role: 'user', content: 'Name three colours.' }],
    temperature: 0,
    max_tokens: 24,
    stream,
  })

interface ChatChunk {
  readonly choices: readonly { readonly delta?: { readonly content?: string } }[]
}

/** The events of a whole stream, which must end with `[DONE]`. */
function readEvents(stream: string): readonly ChatChunk[] {
  const data = stream.split('\n').filter((line) => line.startsWith('data: '))
  expect(data.at(-1)).toBe('data: [DONE]')
  return data.slice(0, -1).map((line) => JSON.parse(line.slice('data: '.length)))
}
