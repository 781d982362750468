/** A streamed answer, as its client saw it. Times are on the clock of `performance.now`, in milliseconds. */
export interface Answered {
  readonly sentAt: number
  /** When each piece of text came; a piece may be several tokens. */
  readonly times: readonly number[]
  readonly endedAt: number
  readonly text: string
  /** From sending the request to the first piece of text. */
  readonly firstMilliseconds: number
  readonly promptTokens: number
  readonly cachedTokens: number
  readonly completionTokens: number
}

interface Usage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly prompt_tokens_details?: { readonly cached_tokens?: number }
}

interface Chunk {
  readonly choices: readonly { readonly delta?: { readonly content?: string } }[]
  readonly usage?: Usage | null
}

/** Asks at temperature 0, and reads the stream to its end. */
export const chat = (url: string, { text, maxTokens }: { text: string; maxTokens: number }): Promise<Answered> =>
  streamChat(url, { messages: [{ role: 'user', content: text }], temperature: 0, max_tokens: maxTokens })

/**
 * Sends a chat completion as a stream on a connection of its own, and reads it to its end. Rejects when the answer is an
 * error, when the stream breaks off, and when it has no usage.
 */
export async function streamChat(url: string, body: object): Promise<Answered> {
  const sentAt = performance.now()
  const response = await post(`${url}/v1/chat/completions`, {
    ...body,
    stream: true,
    stream_options: { include_usage: true },
  })
  const times: number[] = []
  const pieces: string[] = []
  let usage: Chunk['usage']
  for await (const chunk of chunks(response)) {
    const piece = chunk.choices[0]?.delta?.content
    if (piece) {
      times.push(performance.now())
      pieces.push(piece)
    }
    usage = chunk.usage ?? usage
  }
  if (!usage) throw new Error(`${url} ended a stream without its usage.`)
  return {
    sentAt,
    times,
    endedAt: performance.now(),
    text: pieces.join(''),
    firstMilliseconds: (times[0] ?? Number.NaN) - sentAt,
    promptTokens: usage.prompt_tokens,
    cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
    completionTokens: usage.completion_tokens,
  }
}

/** The text of a chat completion that is not streamed, and how long it took. Rejects when the answer is an error. */
export async function wholeChat(url: string, body: object): Promise<{ text: string; milliseconds: number }> {
  const sentAt = performance.now()
  const response = await post(`${url}/v1/chat/completions`, body)
  const answer = (await response.json()) as { choices: readonly { message: { content: string } }[] }
  return { text: answer.choices[0]?.message.content ?? '', milliseconds: performance.now() - sentAt }
}

/** Embeds all texts with one request. */
export async function embed(url: string, texts: readonly string[]): Promise<void> {
  await (await post(`${url}/v1/embeddings`, { input: texts, encoding_format: 'base64' })).arrayBuffer()
}

/** On a connection of its own: some servers close idle ones after seconds, and a request may meet that moment. */
async function post(url: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json', connection: 'close' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), keepalive: false })
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return response
}

async function* chunks(response: Response): AsyncGenerator<Chunk> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of response.body ?? []) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line.startsWith('data: {"error"')) throw new Error(`${response.url} broke off: ${line}`)
      if (line.startsWith('data: {')) yield JSON.parse(line.slice('data: '.length)) as Chunk
    }
  }
}
