/** A request that a client may send, and how to tell whether an answer to it is whole. */
export interface SoakRequest {
  readonly kind: string
  readonly path: string
  readonly body: object
  /** The status that it gets from a server that has time for it. */
  readonly expected: number
  /** What is wrong with a whole answer; nothing where all is well. */
  check(text: string): string | undefined
}

interface Reply {
  readonly usage?: { readonly completion_tokens?: number; readonly prompt_tokens: number }
  readonly choices?: readonly { readonly finish_reason: string | null }[]
  readonly data?: readonly { readonly embedding: string }[]
}

const subjects = ['a cat', 'the sea', 'number seven', 'an old house', 'winter', 'a long road', 'bread', 'the moon']
const pick = <Item>(items: readonly [Item, ...Item[]]): Item =>
  items[Math.floor(Math.random() * items.length)] ?? items[0]
const upTo = (most: number) => 1 + Math.floor(Math.random() * most)

/** A request of a random kind, size and manner. */
export function randomRequest(): SoakRequest {
  return pick([chat, chat, chat, streamed, streamed, streamed, longPrompt, completion, fewTexts, manyTexts, tooLong])()
}

const subject = () => subjects[upTo(subjects.length) - 1] ?? ''
const message = (content: string) => ({ messages: [{ role: 'user', content }] })

function chat(): SoakRequest {
  const most = upTo(48)
  const body = { ...message(`Tell me about ${subject()}.`), max_tokens: most, temperature: pick([0, 0.8]) }
  return { kind: 'chat', path: '/v1/chat/completions', body, expected: 200, check: (text) => checkWhole(text, most) }
}

function streamed(): SoakRequest {
  const most = upTo(64)
  const options = { max_tokens: most, stream: true, stream_options: { include_usage: true } }
  const body = { ...message(`Write a story about ${subject()}.`), ...options }
  return { kind: 'stream', path: '/v1/chat/completions', body, expected: 200, check: checkStream }
}

function longPrompt(): SoakRequest {
  const text = `${`Once upon a time there was ${subject()}. `.repeat(20 + upTo(60))}Go on.`
  const body = { ...message(text), max_tokens: 8, stream: true }
  return { kind: 'long prompt', path: '/v1/chat/completions', body, expected: 200, check: checkStream }
}

function completion(): SoakRequest {
  const body = { prompt: [`Of ${subject()}`, `About ${subject()}`], max_tokens: 8, stop: ['.'] }
  return { kind: 'completion', path: '/v1/completions', body, expected: 200, check: (text) => checkWhole(text, 16) }
}

function fewTexts(): SoakRequest {
  return embedding(upTo(4), 'few texts')
}

function manyTexts(): SoakRequest {
  return embedding(100 + upTo(100), 'many texts')
}

function embedding(count: number, kind: string): SoakRequest {
  const input = Array.from({ length: count }, (_, index) => `${subject()} and ${index}`)
  const check = (text: string) => {
    const { data = [] } = JSON.parse(text) as Reply
    return data.length === count ? undefined : `${data.length} vectors for ${count} texts`
  }
  return { kind, path: '/v1/embeddings', body: { input, encoding_format: 'base64' }, expected: 200, check }
}

function tooLong(): SoakRequest {
  const body = { ...message('word '.repeat(3000)), stream: pick([true, false]) }
  const check = (text: string) => (text.includes('context_length_exceeded') ? undefined : text)
  return { kind: 'too long', path: '/v1/chat/completions', body, expected: 400, check }
}

function checkWhole(text: string, mostTokens: number): string | undefined {
  const { usage, choices = [] } = JSON.parse(text) as Reply
  if (choices.some(({ finish_reason }) => finish_reason !== 'stop' && finish_reason !== 'length')) return text
  const tokens = usage?.completion_tokens ?? 0
  return tokens >= 1 && tokens <= mostTokens ? undefined : `${tokens} tokens of at most ${mostTokens}`
}

function checkStream(text: string): string | undefined {
  if (!text.endsWith('data: [DONE]\n\n')) return `a stream ended with ${JSON.stringify(text.slice(-200))}`
  return /"finish_reason":"(stop|length)"/.test(text) ? undefined : 'a stream has no finish_reason'
}
