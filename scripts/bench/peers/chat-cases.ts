import { chat, streamChat } from '../client.ts'
import { decodeSpeed } from '../decode-speed.ts'
import type { Case, Mark, Server } from './benchmark.ts'
import { median } from './statistics.ts'
import { randomText } from './texts.ts'

interface DecodeOptions {
  readonly mark?: Mark
  /** Of the id; absent: decode. */
  readonly name?: string
  /** Of each answer; absent: 128. */
  readonly answerTokens?: number
}

/** Greedy answers of equally many tokens to so many clients at once. */
export function decodeCase(clients: number, { mark, name = 'decode', answerTokens = 128 }: DecodeOptions): Case {
  return {
    id: `${name}-${clients}`,
    title: `decode, ${clients} ${clients === 1 ? 'client' : 'clients'}, ${answerTokens} tokens each`,
    values: [{ unit: 'tokens/s', better: 'more', ...(mark && { mark }) }],
    async measure({ server, seed, doubt }) {
      const texts = Array.from({ length: clients }, (_, i) => `Write a long story about the number ${seed * 100 + i}.`)
      const answers = await Promise.all(texts.map((text) => chat(server.url, { text, maxTokens: answerTokens })))
      const short = answers.find(({ completionTokens }) => completionTokens !== answerTokens)
      if (short) doubt(`an answer has ${short.completionTokens} tokens instead of ${answerTokens}.`)
      return [decodeSpeed(answers)]
    },
  }
}

/** A text of random words that nobody has asked before, up to the first piece of the answer. */
export function promptCase(tokens: number, mark: Mark): Case {
  return {
    id: `prompt-${tokens}`,
    title: `prompt reading, about ${tokens.toLocaleString('en')} tokens`,
    values: [{ unit: 'tokens/s', better: 'more', mark }],
    async measure({ server, seed }) {
      const answer = await chat(server.url, { text: randomText(seed, tokens), maxTokens: 2 })
      return [((answer.promptTokens - answer.cachedTokens) / answer.firstMilliseconds) * 1000]
    },
  }
}

/** Time to first token of a prompt that nobody has asked before. */
export function firstTokenCase(length: 'short' | 'long', mark: Mark): Case {
  const text = (seed: number) => (length === 'short' ? `Something new, please: ${seed}` : randomText(seed, 1500))
  // A short time is told truly by several only.
  const requests = length === 'short' ? 5 : 1
  return {
    id: `first-token-${length}`,
    title: `time to first token, ${length} prompt (about ${length === 'short' ? '40' : '1,500'} tokens), not seen before`,
    values: [{ unit: 'ms', better: 'less', mark }],
    async measure({ server, seed }) {
      const times: number[] = []
      for (let request = 0; request < requests; request++) {
        times.push((await chat(server.url, { text: text(seed * 10 + request), maxTokens: 2 })).firstMilliseconds)
      }
      return [median(times)]
    },
  }
}

/** Time to first token of a prompt whose first 1,500 tokens another request has just had. */
export function sharedPrefixCase(mark: Mark): Case {
  return {
    id: 'first-token-shared',
    title: 'time to first token, 1,500 tokens shared with the request before and another ending',
    values: [{ unit: 'ms', better: 'less', mark }],
    async measure({ server, seed }) {
      const prefix = randomText(seed, 1500)
      await chat(server.url, { text: `${prefix} Sum this up in one sentence.`, maxTokens: 2 })
      const answer = await chat(server.url, { text: `${prefix} What is the last word of all this?`, maxTokens: 2 })
      return [answer.firstMilliseconds]
    },
  }
}

/** Ten questions, each with all answers before it: from the first request to the last token. */
export function conversationCase(): Case {
  const turns = 10
  const maxTokens = 40
  return {
    id: 'conversation',
    title: `a conversation of ${turns} turns, ${maxTokens} tokens each`,
    values: [{ unit: 'ms', better: 'less' }],
    async measure({ server, seed }) {
      const messages: { role: string; content: string }[] = []
      let tokens = 0
      const startedAt = performance.now()
      for (let turn = 0; turn < turns; turn++) {
        messages.push({ role: 'user', content: turn === 0 ? `Tell me a story. ${randomText(seed, 60)}` : 'And then?' })
        const answer = await streamChat(server.url, { messages, temperature: 0, max_tokens: maxTokens })
        messages.push({ role: 'assistant', content: answer.text })
        tokens += answer.completionTokens
      }
      // A turn that the model ends early would make the conversation look fast.
      return [((performance.now() - startedAt) * turns * maxTokens) / tokens]
    },
  }
}

/** A short request, an answer of 128 tokens, and a prompt of 300: what runs for the first time is not what is compared. */
export async function warmUpChat(server: Server): Promise<void> {
  await chat(server.url, { text: 'Hello', maxTokens: 16 })
  await chat(server.url, { text: 'Write a long story about the sea.', maxTokens: 128 })
  await chat(server.url, { text: randomText(0, 300), maxTokens: 2 })
}
