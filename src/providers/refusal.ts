import { STATUS_CODES } from 'node:http'
import { ServerError } from '../core/errors.ts'
import { redact } from './redact.ts'
import { readSaid, type Said } from './said.ts'
import type { Secrets } from './secret-forms.ts'

/** An answer that is no success. */
export interface Refused {
  readonly provider: string
  readonly status: number
  /** The body, up to a bound. */
  readonly text: string
  /** The model's name at the provider, where the request was about one. */
  readonly model?: string | undefined
  /** What the request was sent to, behind the base address. */
  readonly path: string
  /** What the provider asks to wait. */
  readonly retryAfterSeconds?: number | undefined
  /** Where a redirection leads, without its query. */
  readonly location?: string | undefined
  readonly secrets: Secrets
  /** The variable that would hold a key, where the request went without any. */
  readonly keyVariable?: string | undefined
}

/** Told where a provider is full and does not say for how long. */
const usualWaitSeconds = 5

/** Codes of 429 that no waiting mends: the account is used up. */
const exhausted = ['insufficient_quota', 'billing_hard_limit_reached', 'payment_required_error']

/** The error of ours that an answer of a provider means. Its own status and code stay in it. Pure. */
export function refusalOf(refused: Refused): ServerError {
  const { provider, status, retryAfterSeconds } = refused
  const said = readSaid(refused.text)
  const code = said.code === undefined ? undefined : redact(said.code, refused.secrets)
  const facts = {
    provider,
    problem: problemOf(refused, said),
    upstreamStatus: status,
    ...(code !== undefined && code !== '' && { upstreamCode: code }),
  }
  if (status < 400) return new ServerError('upstream_failed', facts)
  if ([401, 403, 407].includes(status)) {
    // Without a key 403 may be about an address or a country, too.
    const variable = status === 401 ? refused.keyVariable : undefined
    return new ServerError('upstream_key_refused', { ...facts, ...(variable !== undefined && { variable }) })
  }
  if (status === 404 || status === 410) return missing(facts, { refused, said })
  if (isFull(status, said, retryAfterSeconds))
    return new ServerError('upstream_overloaded', {
      ...facts,
      retryAfterSeconds: retryAfterSeconds ?? usualWaitSeconds,
    })
  if (status >= 500 || [402, 408, 425].includes(status)) return new ServerError('upstream_failed', facts)
  const param = said.param === undefined ? undefined : redact(said.param, refused.secrets)
  return new ServerError('upstream_rejected', { ...facts, ...(param && { param }) })
}

type UpstreamError = ConstructorParameters<typeof ServerError<'upstream_failed'>>[1]

/** That the model is missing only an API can say; any other 404 is about an address, or about a thing of another name. */
function missing(facts: UpstreamError, { refused, said }: { refused: Refused; said: Said }): ServerError {
  const { model, path } = refused
  if (model !== undefined && said.isJson && !isAboutPath(said, path))
    return new ServerError('upstream_model_not_found', { ...facts, param: 'model', model })
  return new ServerError('upstream_not_found', facts)
}

/** Whether an API says that it has no such path, as where `/v1` is missing in base_url: FastAPI's words, or the path itself. */
const isAboutPath = ({ message = '', param }: Said, path: string): boolean =>
  param !== 'model' && (/^not found\.?$/i.test(message.trim()) || message.includes(`/${path}`))

/** 503 is a server that has too much to do where it says so as an API; a proxy before one that is gone says it as a page. */
const isFull = (status: number, said: Said, retryAfterSeconds: number | undefined): boolean =>
  status === 429 || status === 529 || (status === 503 && (said.isJson || retryAfterSeconds !== undefined))

/** Whether sending the request again could help. Pure. */
export const isPassing = (status: number, text: string): boolean =>
  status === 503 || status === 529 || (status === 429 && !exhausted.includes(readSaid(text).code ?? ''))

function problemOf({ status, location, path, secrets }: Refused, said: Said): string {
  if (status >= 300 && status < 400)
    return `it redirects ${path} to ${redact(location ?? 'nowhere', secrets)}, which is not followed: base_url is to name where its API is`
  const message = redact(said.message ?? '', secrets)
  return sentence(message === '' ? `status ${statusText(status)}, without a word` : message)
}

/** `502 (Bad Gateway)`. Pure. */
export const statusText = (status: number): string =>
  STATUS_CODES[status] === undefined ? `${status}` : `${status} (${STATUS_CODES[status]})`

/** With a full stop at its end, as messages of ours have one. */
const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`)
