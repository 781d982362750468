/** Why a text cannot be the address of a provider's API, as the end of a sentence; undefined where it can. Repeats no secret. Pure. */
export function addressProblem(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text)) return 'expected an address that begins with http:// or https://'
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url) return 'expected an address as in https://api.example.com/v1'
  if (url.username !== '' || url.password !== '')
    return 'an address must not carry a name or a password: name the key with api_key_env or api_key_file'
  if (url.search !== '' || text.includes('?')) return 'an address must not have a question mark and what follows it'
  if (url.hash !== '' || text.includes('#')) return 'an address must not have a # and what follows it'
  if (/\s/.test(text)) return 'an address must not have a blank in it'
  const [end] = /\/(chat\/completions|completions|embeddings|responses)\/*$/.exec(url.pathname) ?? []
  return end === undefined ? undefined : `leave out ${end} at its end: the address of an API ends where that begins`
}

/** An address without what may be secret in it: user, password, query. What is no address is not shown at all. Pure. */
export function shownAddress(text: string): string {
  if (!URL.canParse(text)) return '(no address)'
  const { origin, protocol, host, pathname } = new URL(text)
  // Only what is reached over HTTP has an origin.
  return (origin === 'null' ? `${protocol}//${host}` : origin) + pathname.replace(/\/+$/, '')
}
