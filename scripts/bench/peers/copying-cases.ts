import { streamChat } from '../client.ts'
import { decodeSpeed } from '../decode-speed.ts'
import type { Case, Mark } from './benchmark.ts'

/** What is asked, with a number in it that makes it new. */
const tasks: Readonly<Record<string, { readonly title: string; text(seed: number): string }>> = {
  edit: {
    title: 'an edit of a text',
    text: (
      seed,
    ) => `Replace the word "harbour" by "port" in the following text. Answer with the whole text and nothing else.

${harbour(seed)}`,
  },
  summary: {
    title: 'a summary in quotations',
    text: (seed) => `${harbour(seed)}

Summarize the text above. Use only sentences of the text, and copy them word for word.`,
  },
  code: {
    title: 'an edit of a program',
    text: (seed) => `Add a comment to the first line of this program. Answer with the whole program.

${program(seed)}`,
  },
}

/** Answers that repeat long passages of their prompt: what a server can guess from the prompt, it need not generate. */
export const copyingCases = (mark: Mark): readonly Case[] =>
  Object.entries(tasks).map(([name, { title, text }]) => ({
    id: `copy-${name}`,
    title: `${title}, which copies from the prompt`,
    values: [
      { name: 'speed', unit: 'tokens/s', better: 'more', mark },
      { name: 'whole answer', unit: 'ms', better: 'less' },
    ],
    async measure({ server, seed }) {
      const messages = [{ role: 'user', content: text(seed) }]
      const answer = await streamChat(server.url, { messages, temperature: 0, max_tokens: 200 })
      return [decodeSpeed([answer]), answer.endedAt - answer.sentAt]
    },
  }))

const harbour = (seed: number) =>
  `The old harbour of Kestrel Bay was built in ${1700 + seed} by fishermen who had lost their boats in a great storm. They carried
the stones down from the hills by hand and laid them in two long walls that still keep out the worst of the waves. For more
than a century the harbour was the busiest place on the coast, with ${40 + seed} boats going out every morning before sunrise.
When the railway came, the fish market moved to the city, and the harbour became quiet. Today the walls are cared for by a
small group of volunteers who meet on the first Saturday of every month. They repair the stones that the winter has moved,
paint the railings, and tell visitors about the families who once lived beside the water. Last year the council gave them
${1000 + seed} pounds to restore the lighthouse at the end of the northern wall.`

const program = (seed: number) => `def average_temperature(readings, station="station-${seed}"):
    total = 0.0
    count = 0
    for reading in readings:
        if reading["station"] != station:
            continue
        if reading["temperature"] is None:
            continue
        total += reading["temperature"]
        count += 1
    if count == 0:
        return None
    return round(total / count, 2)


def warmest_day(readings, station="station-${seed}"):
    warmest = None
    for reading in readings:
        if reading["station"] != station:
            continue
        if warmest is None or reading["temperature"] > warmest["temperature"]:
            warmest = reading
    return warmest["day"] if warmest else None`
