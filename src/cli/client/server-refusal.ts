import { CommandError } from '../command-error.ts'

/** What a server answered instead of what was asked for: its own words and its own hint. */
export class ServerRefusal extends CommandError {
  override readonly name = 'ServerRefusal'
  /** HTTP status; 0 where the refusal came in the middle of a stream. */
  readonly status: number
  /** The server's code of the error, which stays the same when the message is reworded. */
  readonly code: string | undefined

  constructor(facts: { message: string; hint: string; status: number; code?: string | undefined }) {
    super(facts.message, facts.hint)
    this.status = facts.status
    this.code = facts.code
  }
}

/** Reads a refusal: OpenAI's envelope, problem details (RFC 9457), or whatever else came. */
export function readRefusal(body: string, { status, url }: { status: number; url: string }): ServerRefusal {
  return (
    toRefusal(parse(body), status) ?? new ServerRefusal({ message: strangeAnswer(body, status, url), hint: '', status })
  )
}

/** The refusal that a piece of JSON is, also as the last event of a stream; nothing where it is none. */
export function toRefusal(value: unknown, status = 0): ServerRefusal | undefined {
  const { type, problem } = (value ?? {}) as Record<string, unknown>
  if (type === 'error' && typeof problem === 'object') return toRefusal(problem)
  const { error, title, detail, hint, code } = (value ?? {}) as Record<string, unknown>
  if (typeof error === 'object' && error !== null && 'message' in error) {
    const inner = error as Record<string, unknown>
    return refusal({ status, message: inner.message, hint: inner.hint, code: inner.code })
  }
  if (typeof title !== 'string') return undefined
  return refusal({ status, message: detail ?? title, hint, code })
}

function refusal({ status, message, hint, code }: { status: number; message: unknown; hint: unknown; code: unknown }) {
  return new ServerRefusal({
    status,
    message: String(message),
    hint: [typeof hint === 'string' ? hint : '', status === 401 ? keyAdvice : ''].filter(Boolean).join('\n        '),
    ...(typeof code === 'string' && { code }),
  })
}

const keyAdvice = 'The key that a command shows to a server is the variable HEARTH_API_KEY.'

const strangeAnswer = (body: string, status: number, url: string) =>
  `${url} answers ${status}${body.trim() === '' ? '' : `: ${body.trim().slice(0, 200)}`}`

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
