import { ServerError } from '../../core/errors.ts'

/** The longest time that a timer of the language can have. */
const mostMilliseconds = 2 ** 31 - 1

/** Stops a request with `request_timeout` after so many seconds, unless the result is disposed of before. 0: never. */
export function limitTime(seconds: number, stop: (reason: ServerError) => void): Disposable | undefined {
  if (seconds <= 0) return undefined
  const end = () => stop(new ServerError('request_timeout', { seconds }))
  const timer = setTimeout(end, Math.min(seconds * 1000, mostMilliseconds))
  return { [Symbol.dispose]: () => clearTimeout(timer) }
}
