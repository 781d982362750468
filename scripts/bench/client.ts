/** A streamed answer, as its client saw it. Times are on the clock of `performance.now`. */
export interface Answered {
  /** When each piece of text came. */
  readonly times: readonly number[]
  readonly firstMilliseconds: number
  readonly promptTokens: number
  readonly cachedTokens: number
}

interface Chunk {
  readonly choices: readonly { readonly delta?: { readonly content?: string } }[]
  readonly usage?: {
    readonly prompt_tokens: number
    readonly prompt_tokens_details: { readonly cached_tokens: number }
  } | null
}

/** Asks at temperature 0, and reads the stream to its end. */
export async function chat(url: string, { text, maxTokens }: { text: string; maxTokens: number }): Promise<Answered> {
  const startedAt = performance.now()
  const response = await post(`${url}/v1/chat/completions`, {
    messages: [{ role: 'user', content: text }],
    temperature: 0,
    max_tokens: maxTokens,
    stream: true,
    stream_options: { include_usage: true },
  })
  const times: number[] = []
  let usage: Chunk['usage']
  for await (const chunk of chunks(response)) {
    if (chunk.choices[0]?.delta?.content) times.push(performance.now())
    usage = chunk.usage ?? usage
  }
  return {
    times,
    firstMilliseconds: (times[0] ?? Number.NaN) - startedAt,
    promptTokens: usage?.prompt_tokens ?? 0,
    cachedTokens: usage?.prompt_tokens_details.cached_tokens ?? 0,
  }
}

/** Embeds all texts with one request. */
export async function embed(url: string, texts: readonly string[]): Promise<void> {
  await (await post(`${url}/v1/embeddings`, { input: texts, encoding_format: 'base64' })).arrayBuffer()
}

async function post(url: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return response
}

async function* chunks(response: Response): AsyncGenerator<Chunk> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of response.body ?? []) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('data: {')) yield JSON.parse(line.slice('data: '.length)) as Chunk
  }
}
