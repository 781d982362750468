/** What `serve` prints when it is ready: the address, the docs page, and a command that works when it is pasted. */
export function readyText({ url, platform }: { url: string; platform: string }): string {
  const near = reachable(url)
  return [
    `Hearth is listening on ${url}`,
    `Docs and a page to try it: ${near}/docs`,
    '',
    'Try it:',
    '',
    `  ${curlLine(near, platform)}`,
    '',
    '',
  ].join('\n')
}

/** An address of this machine that a client on it can connect to: "every address" is none. */
const reachable = (url: string) => url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')

function curlLine(url: string, platform: string): string {
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'Say hello in one sentence.' }] })
  // cmd.exe knows double quotes only.
  const quote = (text: string) => (platform === 'win32' ? `"${text.replaceAll('"', '\\"')}"` : `'${text}'`)
  return `curl ${url}/v1/chat/completions -H ${quote('Content-Type: application/json')} -d ${quote(body)}`
}
