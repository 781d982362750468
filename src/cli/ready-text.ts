interface ReadyFacts {
  /** `http://127.0.0.1:8080`, `https://[::]:8443`, `unix:/run/hearth.sock`. */
  readonly urls: readonly string[]
  readonly platform: string
  /** The command then takes the key from the variable HEARTH_API_KEY. */
  readonly asksForKey?: boolean
}

/** What `serve` prints when it is ready: all addresses, the docs page, and a command that works when it is pasted. */
export function readyText({ urls, platform, asksForKey = false }: ReadyFacts): string {
  // HTTP asks for no certificate that is trusted, and only a port can be opened in a browser.
  const best =
    urls.find((url) => url.startsWith('http:')) ?? urls.find((url) => url.startsWith('https:')) ?? urls[0] ?? ''
  const near = reachable(best)
  const isFile = near.startsWith('unix:')
  return [
    ...urls.map((url, place) => `${place === 0 ? 'Hearth is listening on' : '                   and'} ${url}`),
    ...(isFile ? [] : [`Docs and a page to try it: ${near}/docs`]),
    '',
    'Try it:',
    '',
    `  ${curlLine(near, { platform, asksForKey })}`,
    ...(asksForKey ? ['', 'It asks for a key: `hearth keys create` makes one, to be put into HEARTH_API_KEY.'] : []),
    '',
    '',
  ].join('\n')
}

/** An address of this machine that a client on it can connect to: "every address" is none. */
const reachable = (url: string) => url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')

function curlLine(url: string, { platform, asksForKey }: { platform: string; asksForKey: boolean }): string {
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'Say hello in one sentence.' }] })
  // cmd.exe knows double quotes only.
  const quote = (text: string) => (platform === 'win32' ? `"${text.replaceAll('"', '\\"')}"` : `'${text}'`)
  const variable = platform === 'win32' ? '%HEARTH_API_KEY%' : '$HEARTH_API_KEY'
  const key = asksForKey ? ` -H "Authorization: Bearer ${variable}"` : ''
  const place = url.startsWith('unix:') ? `--unix-socket ${url.slice(5)} http://localhost` : url
  return `curl ${place}/v1/chat/completions${key} -H ${quote('Content-Type: application/json')} -d ${quote(body)}`
}
