/** Servers whose shapes of answers and errors are known. */
export type UpstreamKind = 'generic' | 'cerebras' | 'ollama' | 'llama-server'

/** An answer that is there whole. */
export interface WholeAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
  /** Absent: UTF-8. `latin1`: each letter is a byte. */
  readonly encoding?: 'latin1'
}

export const jsonAnswer = (status: number, body: unknown, headers: WholeAnswer['headers'] = {}): WholeAnswer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

/** An error as that kind of server says it. */
export function errorAnswer(
  kind: UpstreamKind,
  {
    status,
    message,
    code,
    headers,
  }: { status: number; message: string; code: string; headers?: WholeAnswer['headers'] },
): WholeAnswer {
  const shapes: Record<UpstreamKind, unknown> = {
    generic: { error: { message, type: code, param: null, code } },
    cerebras: { message, type: `${code}_error`, param: code, code },
    ollama: { error: { message, type: 'api_error', param: null, code: null } },
    'llama-server': { error: { code: status, message, type: code } },
  }
  return jsonAnswer(status, shapes[kind], headers)
}

/** Too much to do, as that kind of server says it. */
export function busyAnswer(kind: UpstreamKind, retryAfter?: string): WholeAnswer {
  const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
  switch (kind) {
    case 'cerebras':
      return errorAnswer(kind, {
        status: 429,
        message: "We're experiencing high traffic right now! Please try again soon.",
        code: 'queue_exceeded',
        headers: {
          ...headers,
          'x-ratelimit-limit-requests-day': '14400',
          'x-ratelimit-remaining-requests-day': '14399',
          'x-ratelimit-reset-requests-day': '33011.382',
          'x-ratelimit-limit-tokens-minute': '60000',
          'x-ratelimit-remaining-tokens-minute': '59000',
          'x-ratelimit-reset-tokens-minute': '11.382',
        },
      })
    case 'llama-server':
      return errorAnswer(kind, { status: 503, message: 'Loading model', code: 'unavailable_error', headers })
    case 'ollama':
      return errorAnswer(kind, {
        status: 503,
        message: 'server busy, please try again.  maximum pending requests exceeded',
        code: 'busy',
        headers,
      })
    default:
      return errorAnswer(kind, { status: 429, message: 'Rate limit reached.', code: 'rate_limit_exceeded', headers })
  }
}

/** The page of a proxy whose server is gone. */
export const pageAnswer = (status: number): WholeAnswer => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: `<html>\r\n<head><title>${status} Bad Gateway</title></head>\r\n<body><center><h1>${status} Bad Gateway</h1></center><hr><center>nginx/1.27.3</center></body>\r\n</html>\r\n`,
})

/** GET /models as that kind of server says it. */
export function modelsAnswer(kind: UpstreamKind, names: readonly string[]): WholeAnswer {
  const owner = { generic: 'somebody', cerebras: 'Cerebras', ollama: 'library', 'llama-server': 'llamacpp' }[kind]
  const data = names.map((id) => ({ id, object: 'model', created: 1_700_000_000, owned_by: owner }))
  const more = kind === 'llama-server' ? { models: names.map((name) => ({ name, model: name })) } : {}
  return jsonAnswer(200, { object: 'list', data, ...more })
}

interface ChatWish {
  readonly model: string
  readonly pieces: readonly string[]
  readonly hasUsage: boolean
}

const usage = (pieces: readonly string[]) => ({
  prompt_tokens: 7,
  completion_tokens: pieces.length,
  total_tokens: 7 + pieces.length,
})

/** A chat completion in one piece. */
export const chatAnswer = ({ model, pieces }: ChatWish): WholeAnswer =>
  jsonAnswer(200, {
    id: 'chatcmpl-fake',
    object: 'chat.completion',
    created: 1_700_000_000,
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: pieces.join('') }, finish_reason: 'stop' }],
    usage: usage(pieces),
  })

/** The same as events, without the `[DONE]` at the end. */
export function chatEvents({ model, pieces, hasUsage }: ChatWish): readonly string[] {
  const head = { id: 'chatcmpl-fake', object: 'chat.completion.chunk', created: 1_700_000_000, model }
  const chunk = (delta: unknown, finish: string | null = null) => ({
    ...head,
    choices: [{ index: 0, delta, finish_reason: finish }],
  })
  const chunks: unknown[] = [
    ...pieces.map((content, place) => chunk(place === 0 ? { role: 'assistant', content } : { content })),
    chunk({}, 'stop'),
    ...(hasUsage ? [{ ...head, choices: [], usage: usage(pieces) }] : []),
  ]
  return chunks.map((each) => `data: ${JSON.stringify(each)}\n\n`)
}

/** A completion of the older API: whole, or as events. */
export function completionAnswer(
  { model, pieces, hasUsage }: ChatWish,
  isStreamed: boolean,
): WholeAnswer | readonly string[] {
  const head = { id: 'cmpl-fake', object: 'text_completion', created: 1_700_000_000, model }
  const choice = (text: string, finish: string | null) => ({ index: 0, text, logprobs: null, finish_reason: finish })
  if (!isStreamed) return jsonAnswer(200, { ...head, choices: [choice(pieces.join(''), 'stop')], usage: usage(pieces) })
  const chunks: unknown[] = [
    ...pieces.map((text) => ({ ...head, choices: [choice(text, null)] })),
    { ...head, choices: [choice('', 'stop')] },
    ...(hasUsage ? [{ ...head, choices: [], usage: usage(pieces) }] : []),
  ]
  return chunks.map((each) => `data: ${JSON.stringify(each)}\n\n`)
}

/** One vector of two numbers for each text. */
export function embeddingAnswer(model: string, input: unknown): WholeAnswer {
  const texts = Array.isArray(input) ? input : [input]
  const data = texts.map((_, index) => ({ object: 'embedding', index, embedding: [0.6, 0.8] }))
  return jsonAnswer(200, {
    object: 'list',
    data,
    model,
    usage: { prompt_tokens: texts.length, total_tokens: texts.length },
  })
}
