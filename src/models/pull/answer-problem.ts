import { SourceProblem, type SourceReason } from './source-problem.ts'

/**
 * What an HTTP status that is no file means to the person who wants the file; `hasToken`: whether one was sent. Hugging
 * Face says more in X-Error-Code: a gated repository, or one that there is not, which it does not tell from a private one.
 */
export function answerProblem(response: Response, place: string, hasToken: boolean): SourceProblem {
  const { status } = response
  const code = response.headers.get('x-error-code')
  const say = (meaning: string, reason?: SourceReason) =>
    new SourceProblem(`${place} answers ${status}: ${meaning}`, undefined, reason && { reason })
  const message = response.headers.get('x-error-message') ?? ''
  if (/^Invalid credentials/i.test(message) && hasToken) return say('the token in HF_TOKEN is not valid', 'refused')
  if (/is disabled/i.test(message)) return say('the hub has disabled this repository', 'refused')
  if (code === 'GatedRepo') return say(gated(hasToken), 'refused')
  if (code === 'RepoNotFound')
    return say(`there is no such repository, or it is private${tokenHint(hasToken)}`, 'missing')
  if (code === 'RevisionNotFound') return say('the repository has no such revision', 'missing')
  if (code === 'EntryNotFound') return say('the repository has no such file', 'missing')
  if (status === 401 || status === 403) return say(refused(hasToken), 'refused')
  if (status === 404 || status === 410) return say('there is no such repository, revision or file', 'missing')
  if (status === 429 || status >= 500) return laterProblem(response, place)
  return say('it does not give the file')
}

const tokenHint = (hasToken: boolean) =>
  hasToken ? ' and the token in HF_TOKEN may not read it' : ', which takes a token in HF_TOKEN'

const gated = (hasToken: boolean) =>
  hasToken
    ? 'its authors want their conditions accepted; do so on its page with the account of the token in HF_TOKEN'
    : 'its authors want their conditions accepted; do so on its page and set HF_TOKEN to a token of that account'

const refused = (hasToken: boolean) =>
  hasToken
    ? 'the token in HF_TOKEN may not read it; accept the conditions on its page with the account of the token'
    : 'it is private, or its authors want their conditions accepted; do so on its page and set HF_TOKEN'

/** The same of a server that is not the hub. `refused` says what to do where it wants to know who asks. */
export function plainAnswerProblem(response: Response, place: string, refused: string): SourceProblem {
  const { status } = response
  const say = (meaning: string, reason?: SourceReason) =>
    new SourceProblem(`${place} answers ${status}: ${meaning}`, undefined, reason && { reason })
  if (status === 401 || status === 403 || status === 407) return say(refused, 'refused')
  if (status === 404 || status === 410) return say('there is no such file', 'missing')
  if (status === 429 || status >= 500) return laterProblem(response, place, 'too many requests')
  return say('it does not give the file')
}

function laterProblem(
  response: Response,
  place: string,
  tooMany = 'too many requests; a token in HF_TOKEN raises the limit',
): SourceProblem {
  const isBusy = response.status === 429
  const meaning = isBusy ? tooMany : 'it has trouble'
  const wait = retryAfter(response.headers.get('retry-after'))
  const asks = wait === undefined ? '' : `; it asks to wait ${Math.ceil(wait / 1000)} s`
  return new SourceProblem(
    `${place} answers ${response.status}: ${meaning}${asks}`,
    { type: 'later', ...(wait !== undefined && { afterMilliseconds: wait }) },
    isBusy || response.status === 503 ? { reason: 'busy' } : {},
  )
}

/** Milliseconds of a Retry-After header: seconds or a date. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined
}
