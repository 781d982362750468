/** What went wrong below HTTP. */
export interface ConnectionProblem {
  readonly type: 'refused' | 'unknown-host' | 'certificate' | 'closed' | 'no-http'
  /** A whole sentence. */
  readonly message: string
}

/**
 * What an error of `fetch` means. Bun has codes, Deno sentences of several causes. Never repeats what the error says, which may
 * hold addresses with their secrets. Pure.
 */
export function connectionProblem(error: unknown, url: URL): ConnectionProblem {
  const words = wordsOf(error)
  const host = url.hostname
  if (/ECONNREFUSED|ConnectionRefused|connection refused/i.test(words))
    return { type: 'refused', message: `nothing listens at ${url.host}.` }
  if (/ENOTFOUND|EAI_|DNS|getaddrinfo|failed to lookup|Unable to connect|FailedToOpenSocket/i.test(words))
    return { type: 'unknown-host', message: `no connection to ${host} can be made; its name may not be known.` }
  if (/EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|No route to host|unreachable/i.test(words))
    return { type: 'refused', message: `there is no way to ${url.host}.` }
  if (/EPROTO\b|Does the server speak TLS|InvalidContentType/i.test(words))
    return { type: 'no-http', message: `${url.host} does not speak TLS; its address may begin with http://.` }
  const [certificate] = /[A-Z_]*(?:CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO)[A-Z_]*/.exec(words) ?? []
  if (certificate || /certificate|handshake/i.test(words))
    return {
      type: 'certificate',
      message: `the certificate of ${host} is not accepted${certificate ? ` (${certificate})` : ''}; where it is one of your own, start the server with NODE_EXTRA_CA_CERTS set to its PEM file.`,
    }
  if (/Malformed|InvalidHTTP|invalid HTTP|parse|too large|header/i.test(words))
    return { type: 'no-http', message: 'what it answers is not HTTP as it should be.' }
  return { type: 'closed', message: 'it closed the connection.' }
}

function wordsOf(error: unknown): string {
  const words: string[] = []
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++)
    words.push(`${(at as { code?: unknown }).code ?? ''} ${at.message}`)
  return words.join(' ')
}
