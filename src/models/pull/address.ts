import { isLoopback } from '../../platform/proxy.ts'
import { hubFile, parseHub } from './hub-reference.ts'
import type { AddressReference, HubReference } from './reference.ts'
import { decoded, shorten, wrong } from './reference-problem.ts'
import { pathProblem } from './safe-path.ts'

const HUB_HOSTS = new Set(['huggingface.co', 'www.huggingface.co', 'hf.co', 'www.hf.co'])

/**
 * An http or https address: one of a page, a file or a folder of Hugging Face is what it shows, any other must be that of
 * a GGUF file. Throws `invalid_parameter` (param `model`).
 */
export function parseAddress(text: string): AddressReference | HubReference {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) throw wrong(`'${shorten(text)}' is no address`)
  if (url.username !== '' || url.password !== '')
    throw wrong('an address must not carry a name or a password: it would stand in logs and lists')
  if (HUB_HOSTS.has(url.hostname)) return parseHubPage(url)
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw wrong(`'${url.origin}' is asked by https only: whoever is on the way could change the file`)
  url.hash = ''
  const file = decoded(url.pathname.split('/').at(-1) ?? '')
  const problem = pathProblem([file])
  if (!/\.gguf$/i.test(file))
    throw wrong(`the path of '${url.origin}${url.pathname}' does not end in .gguf: give the address of the file itself`)
  if (problem) throw wrong(`the file '${shorten(file)}' cannot be kept: ${problem}`)
  return { type: 'address', url, file }
}

/** `/user/repository`, with `/resolve/REVISION/FILE`, `/blob/REVISION/FILE` or `/tree/REVISION` behind it. */
function parseHubPage(url: URL): HubReference {
  const [owner = '', name = '', view, revision, ...path] = url.pathname.split('/').slice(1).map(decoded)
  const { repository } = parseHub(`${owner}/${name}`)
  if (!view) return parseHub(`${owner}/${name}`)
  const at = revision && revision !== 'main' ? { revision } : {}
  if (view === 'tree') return { type: 'hugging-face', repository, ...at }
  if (!['resolve', 'blob', 'raw'].includes(view) || path.length === 0)
    throw wrong(`'${shorten(url.pathname)}' shows neither a repository nor a file; give the address of one`)
  return { type: 'hugging-face', repository, ...at, file: hubFile(path.join('/')) }
}
