import type { SoakTexts } from './texts.ts'

/** A request that a client may send, and how to tell whether an answer to it is whole and right. */
export interface SoakRequest {
  readonly kind: string
  readonly path: string
  /** Absent: it is a GET. */
  readonly body?: object
  /** The status that it gets from a server that has time for it. */
  readonly expected: number
  /** Whether another server answers it, which may fail in its own ways. */
  readonly isForwarded?: true
  /** Whether it is sent with the key that may do little. */
  readonly isLimited?: true
  /** What is wrong with a whole answer; nothing where all is well. */
  check(text: string): string | undefined
}

interface Message {
  readonly content?: string | null
  readonly tool_calls?: readonly { readonly function: { readonly name?: string; readonly arguments: string } }[]
}

interface Reply {
  readonly usage?: { readonly completion_tokens?: number; readonly prompt_tokens: number }
  readonly choices?: readonly {
    readonly finish_reason: string | null
    readonly message?: Message
    readonly delta?: Message
  }[]
  readonly data?: readonly { readonly embedding: string; readonly id?: string }[]
  readonly output?: readonly { readonly content?: readonly { readonly text: string }[] }[]
  readonly type?: string
  readonly delta?: string
}

/** What the other server says to everything. */
export const upstreamPieces = ['Good', ' day', ' to', ' you', '.'] as const

const subjects = ['a cat', 'the sea', 'number seven', 'an old house', 'winter', 'a long road', 'bread', 'the moon']
const pick = <Item>(items: readonly [Item, ...Item[]]): Item =>
  items[Math.floor(Math.random() * items.length)] ?? items[0]
const upTo = (most: number) => 1 + Math.floor(Math.random() * most)
const subject = () => subjects[upTo(subjects.length) - 1] ?? ''
const message = (content: string) => ({ messages: [{ role: 'user', content }] })
const chatPath = '/v1/chat/completions'

/** A request of a random kind, size and manner. */
export function randomRequest(texts: SoakTexts): SoakRequest {
  return pick([
    chat,
    held,
    held,
    heldStream,
    heldStream,
    longPrompt,
    completion,
    call,
    response,
    responseStream,
    tooLong,
    limited,
    listed,
    () => embedding(texts, upTo(4), 'few texts'),
    () => embedding(texts, 60 + upTo(100), 'many texts'),
    () => forwarded('/cloud/v1/chat/completions', 'fake', 'forwarded chat'),
    () => forwarded(chatPath, 'cloud/fake', 'forwarded by its name'),
    () => forwarded(chatPath, 'not-here', 'fallback'),
    () => forwardedStream('/cloud/v1/chat/completions', 'fake', 'forwarded stream'),
    () => forwardedStream(chatPath, 'not-here', 'fallback stream'),
    forwardedEmbedding,
  ])()
}

function chat(): SoakRequest {
  const most = upTo(48)
  const body = { ...message(`Tell me about ${subject()}.`), max_tokens: most, temperature: pick([0, 0.8]) }
  return { kind: 'chat', path: chatPath, body, expected: 200, check: (text) => checkWhole(text, most) }
}

/** A number that no other request has: an answer with another one would be somebody else's. */
const mark = () => String(1e9 + Math.floor(Math.random() * 9e9))

const onlyMark = (value: string) => ({
  type: 'object',
  properties: { mark: { const: value } },
  required: ['mark'],
  additionalProperties: false,
})

function heldBody(value: string) {
  const format = { type: 'json_schema', json_schema: { name: 'mark', schema: onlyMark(value) } }
  return { ...message(`Say ${value} of ${subject()}.`), response_format: format, max_tokens: 80 }
}

const sameMark = (found: string | null | undefined, value: string): string | undefined => {
  try {
    return JSON.parse(found ?? '').mark === value ? undefined : `${found} instead of ${value}`
  } catch {
    return `${found} instead of ${value}`
  }
}

function held(): SoakRequest {
  const value = mark()
  const check = (text: string) => sameMark((JSON.parse(text) as Reply).choices?.[0]?.message?.content, value)
  return { kind: 'held to a format', path: chatPath, body: heldBody(value), expected: 200, check }
}

function heldStream(): SoakRequest {
  const value = mark()
  const body = { ...heldBody(value), stream: true, stream_options: { include_usage: true } }
  const check = (text: string) => checkStream(text) ?? sameMark(contentOf(text), value)
  return { kind: 'stream', path: chatPath, body, expected: 200, check }
}

function longPrompt(): SoakRequest {
  const text = `${`Once upon a time there was ${subject()}. `.repeat(20 + upTo(60))}Go on.`
  const body = { ...message(text), max_tokens: 8, stream: true }
  return { kind: 'long prompt', path: chatPath, body, expected: 200, check: checkStream }
}

function completion(): SoakRequest {
  const body = { prompt: [`Of ${subject()}`, `About ${subject()}`], max_tokens: 8, stop: ['.'] }
  return { kind: 'completion', path: '/v1/completions', body, expected: 200, check: (text) => checkWhole(text, 16) }
}

function call(): SoakRequest {
  const value = mark()
  const tool = { type: 'function', function: { name: 'note', parameters: onlyMark(value) } }
  const body = { ...message('Note the mark.'), tools: [tool], tool_choice: 'required', max_tokens: 120 }
  const check = (text: string) => {
    const calls = (JSON.parse(text) as Reply).choices?.[0]?.message?.tool_calls ?? []
    return calls.length === 0 ? text : sameMark(calls[0]?.function.arguments, value)
  }
  return { kind: 'call', path: chatPath, body, expected: 200, check }
}

function responseBody(value: string) {
  const format = { type: 'json_schema', name: 'mark', schema: onlyMark(value), strict: true }
  return { input: `Say ${value}.`, text: { format }, max_output_tokens: 80, store: pick([true, false]) }
}

function response(): SoakRequest {
  const value = mark()
  const check = (text: string) => sameMark((JSON.parse(text) as Reply).output?.at(-1)?.content?.[0]?.text, value)
  return { kind: 'response', path: '/v1/responses', body: responseBody(value), expected: 200, check }
}

function responseStream(): SoakRequest {
  const value = mark()
  const check = (text: string) => {
    if (!text.includes('event: response.completed')) return `a stream ended with ${JSON.stringify(text.slice(-200))}`
    const pieces = eventsOf(text).filter(({ type }) => type === 'response.output_text.delta')
    return sameMark(pieces.map(({ delta }) => delta).join(''), value)
  }
  return {
    kind: 'response stream',
    path: '/v1/responses',
    body: { ...responseBody(value), stream: true },
    expected: 200,
    check,
  }
}

function embedding(texts: SoakTexts, count: number, kind: string): SoakRequest {
  const first = upTo(texts.inputs.length)
  const places = Array.from({ length: count }, (_, index) => (first + index) % texts.inputs.length)
  const input = places.map((place) => texts.inputs[place])
  const check = (text: string) => {
    const { data = [] } = JSON.parse(text) as Reply
    if (data.length !== count) return `${data.length} vectors for ${count} texts`
    const wrong = places.filter((place, index) => !texts.isVectorOf(place, data[index]?.embedding ?? ''))
    return wrong.length === 0 ? undefined : `${wrong.length} of ${count} vectors are those of other texts`
  }
  return { kind, path: '/v1/embeddings', body: { input, encoding_format: 'base64' }, expected: 200, check }
}

function tooLong(): SoakRequest {
  const body = { ...message('word '.repeat(3000)), stream: pick([true, false]) }
  const check = (text: string) => (text.includes('context_length_exceeded') ? undefined : text)
  return { kind: 'too long', path: chatPath, body, expected: 400, check }
}

function limited(): SoakRequest {
  return { ...forwarded('/cloud/v1/chat/completions', 'fake', 'limited key'), isLimited: true }
}

function listed(): SoakRequest {
  const check = (text: string) =>
    (JSON.parse(text) as Reply).data?.some(({ id }) => id === 'smollm2-135m-instruct') ? undefined : text
  return { kind: 'list', path: '/v1/models', expected: 200, check }
}

function forwarded(path: string, model: string, kind: string): SoakRequest {
  const check = (text: string) => {
    const content = (JSON.parse(text) as Reply).choices?.[0]?.message?.content
    return content === upstreamPieces.join('') ? undefined : `${text} instead of ${upstreamPieces.join('')}`
  }
  return { kind, path, body: { ...message('Hello.'), model }, expected: 200, isForwarded: true, check }
}

function forwardedStream(path: string, model: string, kind: string): SoakRequest {
  const body = { ...message('Hello.'), model, stream: true }
  const check = (text: string) => {
    const content = contentOf(text)
    return (
      checkStream(text) ?? (content === upstreamPieces.join('') ? undefined : `a stream of ${JSON.stringify(content)}`)
    )
  }
  return { kind, path, body, expected: 200, isForwarded: true, check }
}

function forwardedEmbedding(): SoakRequest {
  const input = Array.from({ length: upTo(5) }, subject)
  const check = (text: string) =>
    (JSON.parse(text) as Reply).data?.length === input.length ? undefined : `${text} for ${input.length} texts`
  const body = { model: 'fake', input }
  return { kind: 'forwarded texts', path: '/cloud/v1/embeddings', body, expected: 200, isForwarded: true, check }
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

const eventsOf = (text: string): readonly Reply[] =>
  [...text.matchAll(/^data: (\{.*)$/gm)].map(([, event]) => JSON.parse(event ?? '') as Reply)

const contentOf = (text: string): string =>
  eventsOf(text)
    .map(({ choices }) => choices?.[0]?.delta?.content ?? '')
    .join('')
