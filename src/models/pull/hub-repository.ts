import { type GetCall, get, requireStatus } from './get.ts'
import { hubToken, hubUrl } from './hugging-face.ts'
import { type Persistence, persist } from './patience.ts'
import { readChunks } from './read-chunks.ts'
import type { HubReference } from './reference.ts'
import { drop } from './request.ts'
import { SourceProblem } from './source-problem.ts'

export type HubCall = Pick<GetCall, 'environment' | 'patience' | 'signal'> & Pick<Persistence, 'log'>

/** A file of a repository. */
export interface HubFile {
  /** With slashes. */
  readonly path: string
  readonly sizeBytes: number
  /** Of the file's content; absent for small files, which the hub keeps in git itself. */
  readonly sha256?: string
}

export interface HubRepository {
  readonly files: readonly HubFile[]
  /** The commit that the files are of, where the hub says it; otherwise the revision that was asked for. */
  readonly revision: string
}

const PAGE_LIMIT = 50
const BODY_LIMIT_BYTES = 32 * 1024 * 1024

/**
 * What a repository of Hugging Face has, by its API: first the commit that the revision means now, so that all files are of
 * one, then its tree, page by page. Throws `SourceProblem`, and the signal's reason once it aborts.
 */
export async function readRepository(reference: HubReference, call: HubCall): Promise<HubRepository> {
  const { repository, revision = 'main' } = reference
  const api = ['api', 'models', ...repository.split('/')]
  const ask = (url: URL) => getJson({ url, place: `${url.host} (${repository})` }, call)
  const commit = await ask(hubUrl([...api, 'revision', revision], call.environment)).then(
    ({ body }) => commitOf(body),
    (error: unknown) => {
      // A mirror may have the files only: whether there is nothing at all, the tree tells.
      if (error instanceof SourceProblem && error.reason === 'missing') return undefined
      throw error
    },
  )
  const first = hubUrl([...api, 'tree', commit ?? revision], call.environment)
  first.searchParams.set('recursive', 'true')
  const files: HubFile[] = []
  let next: URL | undefined = first
  for (let page = 0; next; page++) {
    if (page === PAGE_LIMIT) throw new SourceProblem(`${first.host} (${repository}) lists files without end`)
    const { body, link }: Json = await ask(next)
    files.push(...filesOf(body, `${first.host} (${repository})`))
    const asked: URL = next
    next = nextPage(link, first)
    if (next?.href === asked.href) throw new SourceProblem(`${first.host} (${repository}) lists files without end`)
  }
  return { files, revision: commit ?? revision }
}

interface Json {
  readonly body: unknown
  readonly link: string | null
}

async function getJson(place: { readonly url: URL; readonly place: string }, call: HubCall): Promise<Json> {
  const token = hubToken(call.environment)
  const where: GetCall = { ...call, ...place, ...(token && { token }) }
  let wasReached = false
  const mayRetry = ({ retry }: SourceProblem) => retry.type === 'later' && wasReached
  return persist({ ...call, place: place.place, mayRetry }, async () => {
    const { response } = await get(where, { accept: 'application/json' })
    wasReached = true
    if (response.status !== 200) {
      await drop(response)
      requireStatus(response, where, [])
    }
    const text = await textOf(response, where)
    return { body: parse(text, place.place), link: response.headers.get('link') }
  })
}

async function textOf({ body }: Response, { place, patience, signal }: GetCall): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of readChunks({ body, stall: patience.stall, signal })) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > BODY_LIMIT_BYTES) throw new SourceProblem(`${place} answers more than a list of files`)
  }
  return text + decoder.decode()
}

function parse(text: string, place: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new SourceProblem(`${place} answers something that is no list of files`, undefined, { cause: error })
  }
}

function commitOf(body: unknown): string | undefined {
  const { sha } = (body ?? {}) as { sha?: unknown }
  return typeof sha === 'string' && /^[0-9a-f]{7,64}$/.test(sha) ? sha : undefined
}

interface TreeEntry {
  readonly type?: unknown
  readonly path?: unknown
  readonly size?: unknown
  readonly lfs?: { readonly oid?: unknown; readonly size?: unknown }
}

function filesOf(body: unknown, place: string): readonly HubFile[] {
  if (!Array.isArray(body)) throw new SourceProblem(`${place} answers something that is no list of files`)
  return (body as readonly (TreeEntry | null)[]).flatMap((entry) => {
    const { type, path, size, lfs } = entry ?? {}
    const sizeBytes = Number(lfs?.size ?? size)
    if (type !== 'file' || typeof path !== 'string' || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) return []
    const sum = typeof lfs?.oid === 'string' ? lfs.oid.replace(/^sha256:/, '').toLowerCase() : ''
    return [{ path, sizeBytes, ...(/^[0-9a-f]{64}$/.test(sum) && { sha256: sum }) }]
  })
}

/**
 * By RFC 8288. The token goes along, so another place than the hub's is not asked: a mirror may pass on the links of the hub
 * behind it, whose cursors it understands.
 */
function nextPage(link: string | null, first: URL): URL | undefined {
  const target = /<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(link ?? '')?.[1]
  if (target === undefined || !URL.canParse(target, first)) return undefined
  const next = new URL(first)
  next.search = new URL(target, first).search
  return next
}
