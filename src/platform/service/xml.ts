// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no way to write these, or reads a carriage return as another.
const beyond = /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/

/** What no text of XML 1.0 can hold as it stands. */
export const isBeyondXml = (text: string): boolean => beyond.test(text)

/** A text as it stands between tags or in an attribute. Throws a `RangeError` for what `isBeyondXml`. */
export function xmlText(text: string): string {
  if (isBeyondXml(text)) throw new RangeError(`${JSON.stringify(text)} cannot stand in XML`)
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
