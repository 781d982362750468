import { request } from '../../models/pull/request.ts'
import type { PackageIndex } from './find-index.ts'
import type { RuntimeWheel } from './runtime-packages.ts'

export interface IndexRequest {
  readonly index: PackageIndex
  readonly wheel: RuntimeWheel
  /** The variables of the process: proxies. */
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/** A package's page may list thousands of files; more than that is no such page. */
const mostBytes = 32 * 2 ** 20
const patienceMilliseconds = 20_000

/** As pip asks: the newer form, and the older one where an index has only that. */
const accept = 'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1'

/**
 * The address of a wheel, from the page of its package. Throws a plain error that says what the index answers, and
 * `SourceProblem` where it does not answer.
 */
export async function wheelAddress({ index, wheel, variables, signal }: IndexRequest): Promise<URL> {
  const page = new URL(`${wheel.package}/`, withoutCredentials(index.url))
  const place = `${page.host} (${index.source})`
  const { response } = await request({
    url: page,
    headers: { accept, 'user-agent': 'hearth', ...authorizationOf(index) },
    environment: variables,
    signal,
    timeoutMilliseconds: patienceMilliseconds,
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`${place} answers ${response.status} when it is asked for ${wheel.package}`)
  }
  const text = await response.text()
  if (text.length > mostBytes) throw new Error(`${place} sends more than a list of files`)
  const isJson = (response.headers.get('content-type') ?? '').includes('json')
  const found = (isJson ? filesInJson(text) : filesInHtml(text)).find(({ name }) => name === wheel.file)
  if (!found) throw new Error(`${place} has no ${wheel.file}`)
  const url = URL.canParse(found.url, response.url || page) ? new URL(found.url, response.url || page) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error(`${place} gives no address of ${wheel.file}`)
  url.hash = ''
  return url
}

/** What an index with a user in its address is shown; only its own host sees it. */
export function authorizationOf({ url: { username, password } }: PackageIndex): { readonly authorization?: string } {
  if (!username) return {}
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
}

function withoutCredentials(url: URL): URL {
  const plain = new URL(url)
  plain.username = ''
  plain.password = ''
  return plain
}

interface ListedFile {
  readonly name: string
  readonly url: string
}

/** PEP 691. */
function filesInJson(text: string): readonly ListedFile[] {
  const { files = [] } = JSON.parse(text) as { files?: readonly { filename?: unknown; url?: unknown }[] }
  return files.flatMap(({ filename, url }) =>
    typeof filename === 'string' && typeof url === 'string' ? [{ name: filename, url }] : [],
  )
}

/** PEP 503: one anchor a file. */
function filesInHtml(text: string): readonly ListedFile[] {
  return [...text.matchAll(/<a\s[^>]*?href\s*=\s*["']([^"']+)["'][^>]*>\s*([^<\s]+)\s*<\/a>/gi)].map(
    ([, url = '', name = '']) => ({ name, url: url.replaceAll('&amp;', '&') }),
  )
}
