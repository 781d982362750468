import type { ServerResponse } from 'node:http'
import { type Exchange, giveFile, refuse, sha256, startTestHub, type TestHub } from './test-hub.ts'

/** What is asked of a repository. */
export interface Question extends Exchange {
  readonly about: 'commit' | 'tree' | 'file'
  /** Of a file, its path in the repository. */
  readonly path: string
  /** The content of the file. */
  readonly body: Uint8Array
}

export interface RepositoryOptions {
  /** Contents by their paths. */
  readonly files: Readonly<Record<string, Uint8Array>>
  /** Says whether it has answered a question itself. */
  readonly answer?: (question: Question) => boolean
  /** Files on one page of the tree. Absent: all. */
  readonly pageSize?: number
  /** What the revision `main` means. */
  readonly commit?: string
}

/** A hub with one repository, `user/repo`, as Hugging Face has it: a commit, a tree in pages, files in LFS. For tests only. */
export interface TestRepository extends TestHub {
  /** What was asked for, in order: `commit`, `tree`, or the path of a file with its range behind it. */
  readonly questions: readonly string[]
  /** May be changed between questions. */
  files: Record<string, Uint8Array>
  commit: string
}

export async function startTestRepository(options: RepositoryOptions): Promise<TestRepository> {
  const { commit = 'c0ffee0'.padEnd(40, '0'), answer = () => false, pageSize = Number.POSITIVE_INFINITY } = options
  const repository = { files: { ...options.files }, commit, questions: [] as string[] }
  const hub = await startTestHub(new Uint8Array(), (exchange) => {
    const question = questionOf(exchange, repository.files)
    if (question === undefined) return refuse(exchange.response, 404, { 'x-error-code': 'RepoNotFound' })
    const { about, path } = question
    repository.questions.push(about === 'file' ? `${path} ${exchange.request.headers.range ?? 'whole'}` : about)
    if (answer(question)) return true
    if (about === 'commit') return giveJson(exchange.response, { id: 'user/repo', sha: repository.commit })
    if (about === 'tree') return giveTree(exchange, repository, pageSize)
    const body = repository.files[path]
    if (body === undefined) return refuse(exchange.response, 404, { 'x-error-code': 'EntryNotFound' })
    return giveFile({ ...exchange, body, headers: { 'x-linked-etag': `"${sha256(body)}"` } })
  })
  return Object.assign(hub, repository)
}

function questionOf(exchange: Exchange, files: Readonly<Record<string, Uint8Array>>): Question | undefined {
  const { pathname } = new URL(exchange.request.url ?? '', 'http://hub')
  const plain = { ...exchange, path: '', body: new Uint8Array() }
  if (pathname.startsWith('/api/models/user/repo/revision/')) return { ...plain, about: 'commit' }
  if (pathname.startsWith('/api/models/user/repo/tree/')) return { ...plain, about: 'tree' }
  const path = /^\/user\/repo\/resolve\/[^/]+\/(.+)$/.exec(pathname)?.[1]
  if (path === undefined) return undefined
  const name = decodeURIComponent(path)
  return { ...plain, about: 'file', path: name, body: files[name] ?? plain.body }
}

function giveTree({ request, response }: Exchange, { files }: { files: Record<string, Uint8Array> }, pageSize: number) {
  const url = new URL(request.url ?? '', `http://${request.headers.host}`)
  const start = Number(url.searchParams.get('cursor') ?? 0)
  const all = Object.entries(files).map(([path, body]) => ({
    type: 'file',
    path,
    size: body.length,
    oid: '0'.repeat(40),
    ...(path.endsWith('.gguf') && { lfs: { oid: sha256(body), size: body.length, pointerSize: 130 } }),
  }))
  const folders = [...new Set(Object.keys(files).filter((path) => path.includes('/')))].map((path) => ({
    type: 'directory',
    path: path.slice(0, path.lastIndexOf('/')),
    size: 0,
    oid: '0'.repeat(40),
  }))
  const entries = [...folders, ...all]
  const next = start + pageSize
  url.searchParams.set('cursor', String(next))
  const link: Record<string, string> = next < entries.length ? { link: `<${url.href}>; rel="next"` } : {}
  return giveJson(response, entries.slice(start, next), link)
}

/** Answers with JSON. */
export function giveJson(response: ServerResponse, body: unknown, headers: Record<string, string> = {}): true {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  return true
}
