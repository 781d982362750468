/** What must not be repeated. */
export interface Secrets {
  /** Whose pieces tell something too. */
  readonly key?: string | undefined
  /** Told by the whole only: those of headers may be ordinary words in part. */
  readonly values: readonly string[]
}

export const noSecrets: Secrets = { values: [] }

/** So many letters of a key, as they stand in it or in one of its encodings, are a piece of it. */
const leastPiece = 8
const leastEncodedPiece = 12
/** What is shorter is a word and no secret. */
const leastSecret = 4

/**
 * The text with `(key)` in place of every secret: as it is, in base64 wherever it lies in what was encoded, in hexadecimal, and escaped
 * as in an address; of the key also pieces, as they are left where somebody else has cut it or put stars into it. Pure.
 */
export function withoutSecrets(text: string, { key, values }: Secrets): string {
  const hidden = new Uint8Array(text.length)
  const plain = small(text)
  for (const value of values)
    if (value.length >= leastSecret) for (const form of formsOf(value)) hide(plain, hidden, pieces(form, form.length))
  if (key !== undefined && key.length >= leastSecret) {
    const [whole, ...encoded] = formsOf(key)
    hide(plain, hidden, pieces(whole as string, leastPiece))
    for (const form of encoded) hide(plain, hidden, pieces(form, leastEncodedPiece))
    hideMasked(plain, hidden, small(key))
  }
  return withoutHidden(text, hidden)
}

/** The secret itself first. */
function formsOf(secret: string): readonly string[] {
  const encoded = [0, 1, 2].flatMap((offset) => base64At(secret, offset))
  const forms = [secret, ...encoded, Buffer.from(secret).toString('hex'), encodeURIComponent(secret)]
  return [...new Set(forms.map(small))]
}

/** Those letters of its base64, and of that for addresses, that are the same whatever stands around it. */
function base64At(secret: string, offset: number): readonly string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)])
  const whole = bytes.toString('base64').replace(/=+$/, '')
  const own = whole.slice(offset === 0 ? 0 : offset + 1, bytes.length % 3 === 0 ? whole.length : -1)
  return own.length < leastSecret ? [] : [own, own.replaceAll('+', '-').replaceAll('/', '_')]
}

/** All parts of a form that are so long; the form itself where it is no longer. */
function pieces(form: string, least: number): ReadonlySet<string> {
  const length = Math.min(least, form.length)
  return new Set(Array.from({ length: form.length - length + 1 }, (_, at) => form.slice(at, at + length)))
}

function hide(text: string, hidden: Uint8Array, parts: ReadonlySet<string>): void {
  const [{ length } = ''] = parts
  for (let at = 0; at + length <= text.length; at++)
    if (parts.has(text.slice(at, at + length))) hidden.fill(1, at, at + length)
}

/** `abcd****wxyz`, `abcd...wxyz`: where one of the ends is an end of the key. */
function hideMasked(text: string, hidden: Uint8Array, key: string): void {
  for (const { 0: found, 1: before = '', 2: after = '', index } of text.matchAll(
    /([\w-]*)(?:[*•]{2,}|\.{3,}|…)([\w-]*)/g,
  ))
    if ((before.length > 1 && key.startsWith(before)) || (after.length > 1 && key.endsWith(after)))
      hidden.fill(1, index, index + found.length)
}

function withoutHidden(text: string, hidden: Uint8Array): string {
  let told = ''
  for (let at = 0; at < text.length; at++)
    if (!hidden[at]) told += text[at]
    else if (at === 0 || !hidden[at - 1]) told += '(key)'
  return told
}

/** In small letters, each in its place: some letters beyond ASCII become two. */
const small = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
