import { ServerError } from '../../src/core/errors.ts'
import {
  abilities,
  type Provider,
  type Providers,
  type UpstreamAnswer,
  type UpstreamBody,
  type UpstreamCall,
  type UpstreamModel,
} from '../../src/core/provider.ts'
import * as canned from '../../src/http/routes/providers/forwarded.examples.ts'

/** What a test says of a provider. */
export interface FakeProviderOptions extends Partial<Omit<Provider, 'name' | 'send' | 'models'>> {
  readonly name: string
  /** What it answers. Default: what the published examples show. */
  answer?(call: UpstreamCall): Promise<UpstreamAnswer> | UpstreamAnswer
  models?(signal: AbortSignal): Promise<readonly UpstreamModel[]>
}

/** A provider that writes down what it is asked. */
export interface FakeProvider extends Provider {
  readonly calls: UpstreamCall[]
}

/** A provider in this process. It has every ability and one model, `small`, and stands in no list. */
export function fakeProvider({ name, answer = answerAsShown, ...given }: FakeProviderOptions): FakeProvider {
  const calls: UpstreamCall[] = []
  return {
    name,
    calls,
    abilities: new Set(abilities),
    isListed: false,
    tellsStreamUsage: true,
    problem: undefined,
    upstreamName: (model) => model,
    models: async () => (given.problem ? Promise.reject(given.problem) : [modelOf(name)]),
    status: () => [{ address: 'http://127.0.0.1:9000/v1', breaker: 'closed', busy: 0, isHealthy: true }],
    async send(call) {
      if (given.problem) throw given.problem
      calls.push(call)
      return answer(call)
    },
    ...given,
  }
}

const modelOf = (provider: string): UpstreamModel => ({
  id: `${provider}/small`,
  upstreamId: 'small',
  provider,
  createdSeconds: 1_730_000_000,
  said: { id: 'small', owned_by: 'somebody' },
})

/** These providers, and fallbacks by the name of the model that they are for. */
export function fakeProviders(
  list: readonly Provider[],
  fallbacks: Readonly<Record<string, readonly string[]>> = {},
): Providers {
  return {
    list: () => list,
    find: (name) => list.find((provider) => provider.name === name),
    hasFallbacks: Object.keys(fallbacks).length > 0,
    fallbacksOf: (model) => (Object.hasOwn(fallbacks, model) ? (fallbacks[model] ?? []) : []),
    [Symbol.dispose]: () => {},
  }
}

/** Those of the published examples: one that answers, one without a key, and one without abilities. */
export const exampleProviders = (): Providers => {
  const problem = new ServerError('provider_not_configured', {
    provider: 'keyless',
    problem: 'it has no key',
    remedy: 'Set KEYLESS_API_KEY.',
  })
  return fakeProviders([
    fakeProvider({ name: 'example' }),
    fakeProvider({ name: 'keyless', problem, status: () => [] }),
    fakeProvider({ name: 'silent', abilities: new Set(['models'] as const) }),
  ])
}

/** An answer in JSON. */
export function jsonAnswer(value: unknown, headers: Readonly<Record<string, string>> = {}): UpstreamAnswer {
  return bytesAnswer(JSON.stringify(value), { 'content-type': 'application/json', ...headers })
}

/** A stream of these events, each as a piece of its own, with its end. */
export function eventsAnswer(events: readonly unknown[], end = 'data: [DONE]\n\n'): UpstreamAnswer {
  const pieces = [...events.map((event) => `data: ${JSON.stringify(event)}\n\n`), ...(end === '' ? [] : [end])]
  return piecesAnswer(pieces)
}

/** A stream of events whose bytes come in these pieces, one each time that it is read. */
export function piecesAnswer(
  pieces: readonly string[],
  headers: Readonly<Record<string, string>> = {},
): UpstreamAnswer {
  const left = [...pieces]
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = left.shift()
        if (piece === undefined) controller.close()
        else controller.enqueue(new TextEncoder().encode(piece))
      },
    },
    { highWaterMark: 0 },
  )
  return answerOf(body, { 'content-type': 'text/event-stream', ...headers })
}

export const bytesAnswer = (text: string, headers: Readonly<Record<string, string>>): UpstreamAnswer =>
  answerOf(new Response(text).body ?? new ReadableStream(), headers)

const answerOf = (body: ReadableStream<Uint8Array>, headers: Readonly<Record<string, string>>): UpstreamAnswer => ({
  status: 200,
  headers: new Headers(headers),
  body: bodyOf(body),
  address: 'http://127.0.0.1:9000/v1',
  told: (words) => words,
})

/** A body that nobody watches over. */
function bodyOf(stream: ReadableStream<Uint8Array>): UpstreamBody {
  const reader = stream.getReader()
  const cancel = () => void reader.cancel().catch(() => {})
  return { read: async () => (await reader.read()).value, cancel, finish: cancel }
}

function answerAsShown(call: UpstreamCall): UpstreamAnswer {
  const failure = failureOf(call.model ?? '')
  if (failure) throw failure
  const path = call.path.split('?')[0] ?? ''
  const asksForUsage = new TextDecoder().decode(call.body).includes('"include_usage":true')
  const usage = asksForUsage ? [canned.usageChunk] : []
  if (path === 'chat/completions')
    return call.isStreamed ? eventsAnswer([canned.chatChunk, canned.noChunk, ...usage]) : jsonAnswer(canned.chatReply)
  if (path === 'completions')
    return call.isStreamed ? eventsAnswer([canned.textChunk, ...usage]) : jsonAnswer(canned.textReply)
  if (path === 'embeddings') return jsonAnswer(canned.vectorReply)
  if (path === 'responses')
    return call.isStreamed
      ? piecesAnswer(canned.responseEvents.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`))
      : jsonAnswer(canned.responseReply)
  if (call.method === 'DELETE') return jsonAnswer({ id: 'file-1', object: 'file', deleted: true })
  return jsonAnswer(canned.fileReply)
}

function failureOf(model: string): ServerError | undefined {
  const facts = { provider: 'example', problem: 'It was told to.' }
  const soon = { ...facts, retryAfterSeconds: 2 }
  if (model === 'rejected') return new ServerError('upstream_rejected', { ...facts, upstreamStatus: 422 })
  if (model === 'absent') return new ServerError('upstream_model_not_found', { ...facts, param: 'model', model })
  if (model === 'overloaded') return new ServerError('upstream_overloaded', { ...soon, upstreamStatus: 429 })
  if (model === 'unpaid') return new ServerError('upstream_key_refused', { ...facts, upstreamStatus: 401 })
  if (model === 'failing') return new ServerError('upstream_failed', { ...facts, upstreamStatus: 500 })
  if (model === 'unreachable') return new ServerError('upstream_unreachable', facts)
  if (model === 'resting') return new ServerError('upstream_unavailable', soon)
  if (model === 'slow') return new ServerError('upstream_timeout', { ...facts, seconds: 60 })
  return model === 'broken' ? new ServerError('upstream_broken', facts) : undefined
}
