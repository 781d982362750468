import { jsonValidator } from '../../../test/validate-json.ts'
import { streamChat, wholeChat } from '../client.ts'
import { formatSchemas } from '../format-schemas.ts'
import type { Case, Mark, Server } from './benchmark.ts'

/** Each schema, streamed and not: how many valid answers a minute one client gets. */
export const formatCases = (mark: Mark): readonly Case[] =>
  Object.entries(formatSchemas).flatMap(([name, schema]) =>
    [whole, streamed].map((ask) => formatCase({ name, schema, ask, mark })),
  )

interface FormatCase {
  readonly name: string
  readonly schema: object
  readonly ask: typeof whole
  readonly mark: Mark
}

function formatCase({ name, schema, ask, mark }: FormatCase): Case {
  const problemOf = jsonValidator(schema)
  const format = { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } }
  return {
    id: `schema-${name.replace(/^an? /, '')}-${ask.name}`,
    title: `valid answers to a schema, ${name}, ${ask.name}`,
    values: [{ unit: 'answers/min', better: 'more', mark }],
    async measure({ server, seed, doubt }) {
      const content = `Jane Doe, 42, of ${seed} High Street, Springfield, writes that all is well.`
      const body = { messages: [{ role: 'user', content }], temperature: 0, max_tokens: 400, response_format: format }
      const startedAt = performance.now()
      const text = await ask(server, body)
      const minutes = (performance.now() - startedAt) / 60_000
      const problem = problemOfText(text)
      if (problem) doubt(`an answer is not valid: ${problem}`)
      return [(problem ? 0 : 1) / minutes]
    },
  }

  function problemOfText(text: string): string | undefined {
    try {
      return problemOf(text)
    } catch (error) {
      return `${error}`
    }
  }
}

async function whole({ url }: Server, body: object): Promise<string> {
  return (await wholeChat(url, body)).text
}

async function streamed({ url }: Server, body: object): Promise<string> {
  return (await streamChat(url, body)).text
}
