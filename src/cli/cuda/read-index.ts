import { plainAnswerProblem } from '../../models/pull/answer-problem.ts'
import { readText } from '../../models/pull/read-chunks.ts'
import { drop, mayLeadTo, request } from '../../models/pull/request.ts'
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

/** Where a wheel is, and what its server has to be shown. */
export interface WheelAddress {
  /** Without a user. */
  readonly url: URL
  /** For the host of the address only. */
  readonly authorization?: string
}

/** Where an index or the files of one are not given to whoever asks. */
export const refusedRemedy =
  'it wants another user: give one in the address of the index, with the password (https://USER:PASSWORD@HOST/…)'

/**
 * The address of a wheel, from the page of its package. It may be on another host, which is not shown who asks. Throws a plain
 * error that says what the index answers, and `SourceProblem` where it does not answer.
 */
export async function wheelAddress({ index, wheel, variables, signal }: IndexRequest): Promise<WheelAddress> {
  const page = new URL(`${wheel.package}/`, withoutCredentials(index.url))
  const place = `${page.host} (${index.source})`
  const { response } = await request({
    url: page,
    headers: { accept, 'user-agent': 'hearth', ...authorizationOf(index.url) },
    environment: variables,
    signal,
    timeoutMilliseconds: patienceMilliseconds,
  })
  if (response.status !== 200) {
    await drop(response)
    throw plainAnswerProblem(response, `${place}, asked for ${wheel.package},`, refusedRemedy)
  }
  const text = await readText({ body: response.body, stall: patienceMilliseconds, signal }, mostBytes)
  if (text === undefined) throw new Error(`${place} sends more than a list of files`)
  const isJson = (response.headers.get('content-type') ?? '').includes('json')
  const found = (isJson ? filesInJson(text, place) : filesInHtml(text)).find(({ name }) => name === wheel.file)
  if (!found) throw new Error(`${place} has no ${wheel.file}`)
  const from = new URL(response.url || page)
  const url = URL.canParse(found.url, from) ? new URL(found.url, from) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error(`${place} gives no address of ${wheel.file}`)
  if (!mayLeadTo(from, url)) throw new Error(`${place} leads to ${url.protocol}//${url.host} for ${wheel.file}`)
  url.hash = ''
  const own = authorizationOf(url)
  return {
    url: withoutCredentials(url),
    ...(own.authorization ? own : url.origin === index.url.origin && authorizationOf(index.url)),
  }
}

/** What stands before the host of an address, as a header. */
function authorizationOf({ username, password }: URL): { readonly authorization?: string } {
  if (!username && !password) return {}
  const credentials = `${decoded(username)}:${decoded(password)}`
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
}

/** A lone percent sign stands for itself, as other tools take it. */
const decoded = (text: string) =>
  text.replace(/(?:%[\da-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString())

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
function filesInJson(text: string, place: string): readonly ListedFile[] {
  const { files } = parsed(text) as { files?: unknown }
  if (!Array.isArray(files)) throw new Error(`${place} sends something that is no list of files`)
  return files.flatMap((file: unknown) => {
    const { filename, url } = (file ?? {}) as { filename?: unknown; url?: unknown }
    return typeof filename === 'string' && typeof url === 'string' ? [{ name: filename, url }] : []
  })
}

function parsed(text: string): object {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}

/** PEP 503: one anchor a file. Lengths are bounded, so that no page takes for ever. */
function filesInHtml(text: string): readonly ListedFile[] {
  const anchor =
    /<a\s[^>]{0,4000}?href\s{0,9}=\s{0,9}["']([^"']{1,4000})["'][^>]{0,4000}>\s{0,99}([^<\s]{1,400})\s{0,99}<\/a>/gi
  return [...text.matchAll(anchor)].map(([, url = '', name = '']) => ({ name, url: url.replaceAll('&amp;', '&') }))
}
