/** What a client may say to a provider besides what its body says. Nothing of it tells who the client is. */
const fromClient = ['content-type', 'accept', 'idempotency-key', 'openai-beta', 'x-correlation-id'] as const

/** What a provider may say to a client. Everything else is between it and this server: cookies, its software, the connection. */
const fromProvider =
  /^(content-type|content-language|content-disposition|retry-after|openai-(processing-ms|version|model)|x-ratelimit-[a-z-]+)$/

/** Media types of which a browser would make a page of this server, wherever they stand: of several it takes the last. */
const isPage = /html|xml|xsl|svg|multipart\//i

/** The headers of a request that go on to a provider. */
export function headersToProvider(headers: Headers): Readonly<Record<string, string>> {
  const found = fromClient.map((name) => [name, headers.get(name)] as const)
  return Object.fromEntries(
    found.filter((pair): pair is readonly [(typeof fromClient)[number], string] => pair[1] !== null),
  )
}

/** The headers of a provider's answer that go on to the client. Its own name for the request comes as `x-upstream-request-id`. */
export function headersToClient(headers: Headers): Readonly<Record<string, string>> {
  const passed: Record<string, string> = {}
  for (const [name, value] of headers) if (fromProvider.test(name)) passed[name] = value
  const requestId = headers.get('x-request-id')
  if (requestId !== null) passed['x-upstream-request-id'] = requestId
  const isDownload = /^\s*attachment\b/i.test(passed['content-disposition'] ?? '')
  if (isPage.test(headers.get('content-type') ?? '') && !isDownload) passed['content-disposition'] = 'attachment'
  return passed
}

/** A name as the value of a header, which has no characters beyond ASCII. Half a character becomes U+FFFD. */
export const headerText = (text: string): string => text.toWellFormed().replace(/[^\x21-\x7e]/gu, encodeURIComponent)
