import { expect } from 'bun:test'
import { post } from './expect-answers.ts'

/** Responses are kept, continued, fetched and deleted: what needs the database file. */
export async function expectKeptResponses(url: string): Promise<void> {
  const ask = (body: object) =>
    post(url, '/v1/responses', { temperature: 0, max_output_tokens: 8, ...body }).then((response) => response.json())
  const first = await ask({ input: 'Name a colour.' })
  const second = await ask({ input: 'And another.', previous_response_id: first.id })
  expect(second.usage.input_tokens).toBeGreaterThan(first.usage.input_tokens)
  const kept = `${url}/v1/responses/${first.id}`
  expect(await fetch(kept).then((response) => response.json())).toEqual(first)
  expect(await fetch(kept, { method: 'DELETE' }).then((response) => response.json())).toMatchObject({ deleted: true })
  expect((await fetch(kept)).status).toBe(404)
}
