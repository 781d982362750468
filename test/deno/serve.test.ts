import { expect, test } from 'bun:test'
import { expectAnswers } from '../expect-answers.ts'
import { expectKeptResponses } from '../expect-responses.ts'
import { startHearth } from '../start-hearth.ts'

test('deno run -A src/main.ts serve chats, streams, embeds, keeps responses and ends when asked to', async () => {
  await using server = await startHearth({ by: 'deno' })
  await expectAnswers(server.url)
  await expectKeptResponses(server.url)
  expect(await server.stop()).toBe(0)
})
