import { type EagerIterator, openLate } from '../../core/eager-iterator.ts'
import { messageOf, ServerError } from '../../core/errors.ts'
import type { Ability, Provider, UpstreamAnswer, UpstreamCall } from '../../core/provider.ts'
import type { RouteRequest } from '../define-route.ts'
import type { EventFraming, PassedEvents } from '../event-framing.ts'
import { reckonTokens } from '../limits/reckon-tokens.ts'
import { TracedForwarding, traceHeaders } from '../observing/traced-forwarding.ts'
import type { RunningTask } from '../running/running-request.ts'
import { working, writing } from '../running/work-state.ts'
import { AnswerCounter } from './answer-counter.ts'
import { bodyChunks } from './body-chunks.ts'
import { failureSaid } from './failure-said.ts'
import { ForwardedReply, WholeInstead } from './forwarded-reply.ts'
import { headersToClient, headersToProvider } from './passed-headers.ts'
import { type ReadAnswer, readAnswer } from './read-answer.ts'
import { readBounded } from './read-bounded.ts'
import { RelayedEvents } from './relayed-events.ts'
import { claimer } from './responses-elsewhere.ts'

/** A request that is handed on. */
export interface Forwarding extends Pick<UpstreamCall, 'method' | 'path' | 'body' | 'isStreamed' | 'prefix'> {
  readonly provider: Provider
  readonly ability: Ability
  /** What the body is, where that is known here. Absent: what the client says that it is. */
  readonly contentType?: string
  /** Absent where the request is about no model. */
  readonly model?: { readonly id: string; readonly upstreamName: string }
  /** How its answer ends where that is a stream. */
  readonly framing: EventFraming
  /** Whether the usage in its stream was asked for by this server. */
  readonly hidesUsage?: boolean
  /** What is asked, as it was read: its tokens are reckoned where the provider does not tell them. */
  readonly asked?: object
}

/** Who has asked. */
export type Sender = Pick<RouteRequest, 'services' | 'signal' | 'share' | 'running' | 'received'>

/** Bytes of an answer in JSON that are looked into. A longer one goes on without that. */
const longestRead = 2 ** 24

/**
 * Asks the provider, and resolves with its answer: all of it where that is JSON, its head where it is a stream. Throws what
 * `Provider.send` and the body throw, and `upstream_failed` for what is no JSON although it says so.
 */
export async function forward(forwarding: Forwarding, sender: Sender): Promise<ForwardedReply> {
  const { provider, model } = forwarding
  const { running, services, signal, share } = sender
  running.begin(
    { model: model?.id ?? provider.name, task: taskOf(forwarding.ability), provider: provider.name },
    services.requests,
  )
  running.state = working
  const about = { provider: provider.name, ...(model && { model: model.id }), ability: forwarding.ability, share }
  const traced = TracedForwarding.begin(forwarding, running)
  const counter = new AnswerCounter(about, provider, (record) => {
    traced?.end(record)
    if (record.isCounted) running.used(record)
    services.statistics.forwarded(record)
    if (!record.isCounted) reckon(forwarding, sender, counter.uncounted)
  })
  const trace = traceHeaders(traced, sender)
  const answer = await provider.send(toCall(forwarding, sender, trace)).catch((error: unknown) => {
    traced?.fail(error)
    // It may work all the same, and be paid for.
    if (signal.aborted) reckon(forwarding, sender)
    throw error
  })
  running.go()
  if (model) {
    running.countedAs = model.id
    services.statistics.asked(model.id)
  }
  if (signal.aborted) {
    answer.body.cancel()
    traced?.note(signal.reason)
    counter.end()
    throw signal.reason
  }
  const onEnd = (error: unknown = signal.reason) => {
    if (error !== undefined) traced?.note(error)
    counter.end()
  }
  const claim = claimer(forwarding, sender)
  return new ForwardedReply(await read({ answer, forwarding, sender, counter, claim, onEnd }))
}

/** Charges what the provider has not told: whoever leaves before the end would have the rest for nothing. */
function reckon({ asked, ability, model }: Forwarding, { services }: Sender, completionTokens = 0): void {
  const task = taskOf(ability)
  if (!model || !asked || task === 'forwarding') return
  services.statistics.reckon?.(
    model.id,
    task === 'generation'
      ? { promptTokens: reckonTokens(asked), completionTokens }
      : { embeddedTokens: reckonTokens(asked) },
  )
}

/** The events of the answer, for a client that waits for events. Throws `WholeInstead` where they are none. */
export function forwardStreamed(forwarding: Forwarding, sender: Sender): EagerIterator<PassedEvents> {
  return openLate(async () => {
    const reply = await forward(forwarding, sender)
    const { body } = reply.answer
    if (body.type === 'events') return body.events
    throw new WholeInstead(reply, forwarding.provider.name)
  })
}

const typeOf = (contentType: string | undefined) => (contentType === undefined ? {} : { 'content-type': contentType })

function toCall(forwarding: Forwarding, sender: Sender, trace: Readonly<Record<string, string>>): UpstreamCall {
  const { method, path, body, contentType, isStreamed, prefix, model } = forwarding
  return {
    method,
    path,
    headers: { ...headersToProvider(sender.received.headers), ...typeOf(contentType), ...trace },
    isStreamed,
    requestId: sender.running.id,
    signal: sender.signal,
    ...(model && { model: model.upstreamName }),
    ...(body && { body }),
    ...(prefix !== undefined && { prefix }),
  }
}

interface Answered {
  readonly answer: UpstreamAnswer
  readonly forwarding: Forwarding
  readonly sender: Sender
  readonly counter: AnswerCounter
  /** Writes down whose it is, before the client hears of it. */
  claim(said: ReadAnswer): void
  /** It has come to its end, or has failed. */
  onEnd(error?: unknown): void
}

async function read(answered: Answered): Promise<ForwardedReply['answer']> {
  const { answer, forwarding, sender, counter, claim, onEnd } = answered
  const head = { status: answer.status, headers: headersToClient(answer.headers) }
  const type = kindOf(answered)
  if (type === 'events')
    return { ...head, body: { type: 'events', events: relay(answered), framing: forwarding.framing } }
  const { body } = answer
  const call = { body, onBytes: () => noteBytes(counter, sender) }
  if (type === 'bytes') return { ...head, body: { type: 'bytes', chunks: bodyChunks({ ...call, onEnd }) } }
  try {
    const whole = await readBounded(bodyChunks({ ...call, onEnd: () => {} }), longestRead)
    if (whole.type === 'longer') return { ...head, body: { type: 'bytes', chunks: endingWith(whole.chunks, onEnd) } }
    const isEmpty = whole.bytes.byteLength === 0 && forwarding.framing === 'passed'
    if (!isEmpty) {
      const said = readWhole(whole.bytes, answered)
      claim(said)
      counter.note(said)
    }
    onEnd()
    const headers = { 'content-type': 'application/json', ...head.headers }
    return { ...head, headers, body: { type: 'whole', bytes: whole.bytes } }
  } catch (error) {
    onEnd(error)
    throw error
  }
}

function noteBytes(counter: AnswerCounter, { running }: Sender): void {
  counter.bytes()
  running.firstMilliseconds ??= running.ageMilliseconds()
}

/** Reads an answer in JSON. Throws `upstream_failed` where it is none, and where a model's answer says that it has failed. */
function readWhole(bytes: Uint8Array, { answer: { told }, forwarding }: Answered): ReadAnswer {
  const {
    model,
    provider: { name: provider },
  } = forwarding
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(bytes))
  } catch (error) {
    const problem = `its answer is no JSON: ${messageOf(error).slice(0, 100)}.`
    throw new ServerError('upstream_failed', { provider, problem })
  }
  const answer = readAnswer(value)
  if (!answer.error || !model) return answer
  throw failureSaid(provider, answer.error, told)
}

async function* endingWith(chunks: AsyncIterable<Uint8Array>, onEnd: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks
  } finally {
    onEnd()
  }
}

function relay({ answer, forwarding, sender, counter, claim, onEnd }: Answered): RelayedEvents {
  const { running } = sender
  return new RelayedEvents({
    provider: forwarding.provider.name,
    body: answer.body,
    told: answer.told,
    framing: forwarding.framing,
    hidesUsage: forwarding.hidesUsage ?? false,
    onBytes: () => noteBytes(counter, sender),
    onEnd,
    onEvent(event) {
      claim(event)
      counter.note(event)
      if (!event.isPiece) return
      running.state = writing
      if (running.pieces !== undefined) running.pieces++
    },
  })
}

/**
 * What an answer is, by what it says. Of what has a form that is known nothing else can be used: a stream that says nothing of
 * itself is read as one, and so is JSON.
 */
function kindOf({ answer, forwarding: { framing, isStreamed } }: Answered): 'events' | 'json' | 'bytes' {
  const type = mediaTypeOf(answer.headers)
  if (type === 'text/event-stream') return 'events'
  if (/^application\/(.+\+)?json$/.test(type)) return 'json'
  if (framing === 'passed') return 'bytes'
  return isStreamed ? 'events' : 'json'
}

const mediaTypeOf = (headers: Headers): string =>
  (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''

function taskOf(ability: Ability): RunningTask {
  if (ability === 'chat' || ability === 'completions' || ability === 'responses') return 'generation'
  if (ability === 'embeddings') return 'embedding'
  return ability === 'rerank' ? 'ranking' : 'forwarding'
}
