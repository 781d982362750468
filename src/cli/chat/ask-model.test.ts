import { expect, test } from 'bun:test'
import type { HearthClient } from '../client/hearth-client.ts'
import { type AnswerPiece, askModel } from './ask-model.ts'

test('an answer of another server, without what ours says besides, is told whole', async () => {
  const chunks = [
    { choices: [{ index: 0, delta: { reasoning: 'Hm.' }, finish_reason: null }] },
    { choices: [{ index: 0, delta: { content: 'Yes.' }, finish_reason: 'stop' }] },
    { choices: [{ index: 0, finish_reason: null }] },
    { usage: { prompt_tokens: 7, completion_tokens: 2 } },
  ]
  const events = async function* () {
    for (const data of chunks) yield { data }
  }
  const client = { events } as unknown as HearthClient
  const signal = new AbortController().signal
  const pieces: AnswerPiece[] = []
  for await (const piece of askModel({ client, signal, body: { messages: [] } })) pieces.push(piece)
  expect(pieces).toEqual([
    { type: 'thinking', text: 'Hm.' },
    { type: 'text', text: 'Yes.' },
    { type: 'end', end: expect.objectContaining({ finishReason: 'stop', promptTokens: 7, cachedTokens: 0 }) },
  ])
})
