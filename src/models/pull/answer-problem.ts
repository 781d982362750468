import { SourceProblem } from './source-problem.ts'

/** What an HTTP status that is no file means to the person who wants the file; `hasToken`: whether one was sent. */
export function answerProblem(response: Response, place: string, hasToken: boolean): SourceProblem {
  const { status } = response
  const say = (meaning: string) => new SourceProblem(`${place} answers ${status}: ${meaning}`)
  if (status === 401 || status === 403)
    return say(
      hasToken
        ? 'the token in HF_TOKEN may not read it; accept the conditions on its page with the account of the token'
        : 'it is private, or its authors want their conditions accepted; do so on its page and set HF_TOKEN',
    )
  if (status === 404 || status === 410) return say('there is no such repository, revision or file')
  if (status === 429 || status >= 500) return laterProblem(response, place)
  return say('it does not give the file')
}

function laterProblem(response: Response, place: string): SourceProblem {
  const meaning = response.status === 429 ? 'too many requests; a token in HF_TOKEN raises the limit' : 'it has trouble'
  const wait = retryAfter(response.headers.get('retry-after'))
  return new SourceProblem(`${place} answers ${response.status}: ${meaning}`, {
    type: 'later',
    ...(wait !== undefined && { afterMilliseconds: wait }),
  })
}

/** Milliseconds of a Retry-After header: seconds or a date. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined
}
