import { isGroup } from '../core/is-group.ts'
/** What an answer with an error says, before it is cleaned. */
export interface Said {
  /** Absent: nothing that people could read. */
  readonly message?: string
  readonly code?: string
  /** The field of the request that it is about. */
  readonly param?: string
  /** Whether an API said it, in JSON; otherwise it may be a proxy in front of it, or some other server altogether. */
  readonly isJson: boolean
}

type Group = Readonly<Record<string, unknown>>

/**
 * Reads the body of an error in the shapes that servers have: OpenAI's `{error: {message, type, param, code}}`, llama-server's with
 * a number as its code, Cerebras' without `error` around it, Ollama's `{error: "text"}`, FastAPI's `{detail}`, problem details
 * (RFC 9457), plain text, pages of proxies, nothing, and JSON that was cut off. Never throws. Pure.
 */
export function readSaid(text: string): Said {
  const trimmed = text.trim()
  if (trimmed === '') return { isJson: false }
  if (/^[[{"]/.test(trimmed)) {
    const value = parse(trimmed)
    // Some send a list of one error.
    const group = asGroup(Array.isArray(value) ? value[0] : value)
    if (group) return readGroup(group)
    return { isJson: value !== undefined, message: typeof value === 'string' ? value : trimmed }
  }
  return { isJson: false, ...(/^<|<html|<body/i.test(trimmed) ? pageTitle(trimmed) : { message: trimmed }) }
}

function readGroup(group: Group): Said {
  const inner = asGroup(group.error) ?? group
  const message =
    textOf(inner.message) ??
    textOf(group.error) ??
    textOf(inner.detail) ??
    details(inner.detail) ??
    textOf(inner.title) ??
    textOf(inner.error) ??
    JSON.stringify(group)
  const code = codeOf(inner.code) ?? codeOf(inner.type) ?? codeOf(group.type)
  const param = textOf(inner.param)
  return { isJson: true, message, ...(code !== undefined && { code }), ...(param !== undefined && { param }) }
}

/** FastAPI's list of what is wrong with a request. */
function details(detail: unknown): string | undefined {
  if (!Array.isArray(detail)) return undefined
  const lines = detail.slice(0, 3).map((each) => {
    const { loc, msg } = asGroup(each) ?? {}
    const place = Array.isArray(loc) ? loc.filter((step) => step !== 'body').join('.') : ''
    return [place, textOf(msg)].filter(Boolean).join(': ')
  })
  return lines.filter(Boolean).join('; ') || undefined
}

/** A status that stands in the body again is no code. */
function codeOf(value: unknown): string | undefined {
  const text = textOf(value)
  return text === undefined || text.length > 100 || /^about:blank$/.test(text) ? undefined : text
}

function pageTitle(page: string): { message?: string } {
  const [, title = ''] =
    /<title[^>]*>([\s\S]{0,300}?)<\/title>/i.exec(page) ?? /<h1[^>]*>([\s\S]{0,300}?)<\/h1>/i.exec(page) ?? []
  const text = title.replace(/<[^>]*>/g, ' ').trim()
  return text === '' ? { message: 'a web page' } : { message: `a web page: ${text}` }
}

const asGroup = (value: unknown): Group | undefined => (isGroup(value) ? value : undefined)

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
