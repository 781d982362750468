/** Names under which clients send a key besides `authorization`: Anthropic's, and Azure's. */
const plainHeaders = ['x-api-key', 'api-key']

/** The API key that a request came with: a bearer token, or else the first of the other headers that is not empty. */
export function presentedKey(headers: Headers): string | undefined {
  const bearer = /^bearer +(\S.*)$/i.exec(headers.get('authorization')?.trim() ?? '')?.[1]
  return bearer ?? plainHeaders.map((name) => headers.get(name)?.trim()).find((key) => key)
}
