import { refuse } from '../define-route.ts'

/** The field `model` of a form, and where its value stands in the bytes. */
export interface FormModel {
  readonly value: string
  readonly start: number
  readonly end: number
}

const encoder = new TextEncoder()
const invalid = (problem: string) => refuse('invalid_parameter', { param: 'body', problem })

/**
 * Finds the model that a form (RFC 7578) names; undefined where it names none. The bytes are read as they stand, so that what
 * is sent on is what was looked at. Throws `invalid_parameter` for what two readers might read differently.
 */
export function formModel(bytes: Uint8Array, contentType: string | null): FormModel | undefined {
  const boundary = boundaryOf(contentType ?? '')
  // One character for each byte, so that places in the text are places in the bytes.
  const text = new TextDecoder('latin1').decode(bytes)
  const mark = `--${boundary}`
  if (!text.startsWith(`${mark}\r\n`)) throw invalid(`it does not begin with the boundary of its form`)
  refuseLooseMarks(text, mark)
  let found: FormModel | undefined
  let at = mark.length + 2
  for (;;) {
    const headEnd = text.indexOf('\r\n\r\n', at - 2)
    const end = text.indexOf(`\r\n${mark}`, headEnd + 2)
    if (headEnd < 0 || end < 0) throw invalid('its form has no end')
    const name = nameOf(text.slice(at, Math.max(at, headEnd)))
    if (name === 'model') {
      if (found) throw invalid(`its form has 'model' twice`)
      const start = Math.min(headEnd + 4, end)
      found = { value: new TextDecoder().decode(bytes.subarray(start, end)), start, end }
    }
    const next = end + 2 + mark.length
    if (text.startsWith('--', next)) {
      if (text.slice(next + 2).trim() !== '') throw invalid('something stands behind the end of its form')
      return found
    }
    if (!text.startsWith('\r\n', next)) throw invalid('its form has a line that begins as its boundary does')
    at = next + 2
  }
}

/** Some readers take half of an end of a line for a whole one, and see parts where others see none. */
function refuseLooseMarks(text: string, mark: string): void {
  let isLoose = text.includes(`\r${mark}`)
  for (let at = text.indexOf(`\n${mark}`); at >= 0 && !isLoose; at = text.indexOf(`\n${mark}`, at + 1))
    isLoose = text[at - 1] !== '\r'
  if (isLoose) throw invalid('lines of its form end in ways of their own')
}

/** The form with another model, and all else as it was. */
export function withFormModel(bytes: Uint8Array, { start, end }: FormModel, model: string): Uint8Array {
  const value = encoder.encode(model)
  const made = new Uint8Array(bytes.byteLength - (end - start) + value.byteLength)
  made.set(bytes.subarray(0, start))
  made.set(value, start)
  made.set(bytes.subarray(end), start + value.byteLength)
  return made
}

function boundaryOf(contentType: string): string {
  const isForm = /^multipart\/form-data\s*;/i.test(contentType)
  const isNamedOnce = (contentType.match(/boundary/gi) ?? []).length === 1
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i.exec(contentType) ?? []
  const boundary = quoted ?? bare
  if (isForm && boundary !== undefined && !isNamedOnce) throw invalid('its content-type names more than one boundary')
  if (!isForm || boundary === undefined)
    throw invalid(`it is '${contentType.split(';')[0] ?? ''}', and a form is expected (multipart/form-data)`)
  return boundary
}

/** The name of a part. Names that are written in ways of their own might be read as `model` by others. */
function nameOf(head: string): string {
  if (/(?<!\r)\n|\r(?!\n)|\n[ \t]/.test(head)) throw invalid('lines of its form end in ways of their own')
  const lines = head.split('\r\n').filter((line) => /^content-disposition\s*:/i.test(line))
  const parameters = [...(lines[0] ?? '').matchAll(/;\s*([\w*-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;"]*)/g)]
  const names = parameters.filter(([, name = '']) => /^name\*?/i.test(name))
  const [only] = names
  if (lines.length !== 1 || names.length !== 1 || only?.[1]?.toLowerCase() !== 'name')
    throw invalid('a part of its form has not exactly one plain name')
  const name = (only[2] ?? '').replace(/^"|"$/g, '')
  if (name !== 'model' && isLikeModel(name)) throw invalid(`it has '${name.slice(0, 40)}', which some read as 'model'`)
  return name
}

/** Whether a reader who is not exact, or takes escapes for what they mean, may find `model` there. */
const isLikeModel = (name: string): boolean =>
  /%|\\/.test(name) || name.replace(/[^a-z]/gi, '').toLowerCase() === 'model'
