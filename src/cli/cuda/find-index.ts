import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '../../config/environment.ts'
import { runTool } from '../../platform/run-tool.ts'

/** A package index with the simple API (PEP 503, PEP 691), and who named it. */
export interface PackageIndex {
  /** Ends with a slash. May hold a user and a password. */
  readonly url: URL
  readonly source: string
}

interface IndexCall {
  /** The flag `--index`. */
  readonly flag?: string | undefined
  readonly environment: Pick<Environment, 'variables' | 'home' | 'platform'>
  /** What a tool writes; by default the tool itself. */
  readonly runTool?: (program: string, parameters: readonly string[]) => Promise<string | undefined>
  readonly readText?: (path: string) => string
}

/**
 * The index that this machine takes Python packages from: the flag, the variables of pip and uv, the configuration of pip, and
 * else what pip itself says that it would take. Nothing where none of them says anything. Throws a plain error for an
 * address that is none.
 */
export async function findIndex(call: IndexCall): Promise<PackageIndex | undefined> {
  const { flag, environment } = call
  const { variables } = environment
  const { UV_DEFAULT_INDEX: uv, PIP_INDEX_URL: pip } = variables
  if (flag) return indexOf(flag, '--index')
  if (pip) return indexOf(pip, 'PIP_INDEX_URL')
  if (uv) return indexOf(uv, 'UV_DEFAULT_INDEX')
  const { readText = readOrEmpty } = call
  for (const path of configFiles(environment)) {
    const url = indexInFile(readText(path))
    if (url) return indexOf(url, path)
  }
  return askPip(call)
}

/** As pip looks for them, the one that goes over the others first. */
function configFiles({ variables, home, platform }: IndexCall['environment']): readonly string[] {
  const own = variables.PIP_CONFIG_FILE ? [variables.PIP_CONFIG_FILE] : []
  if (platform === 'win32') {
    const [roaming, common] = [variables.APPDATA, variables.ProgramData]
    return [...own, ...[roaming, common].flatMap((folder) => (folder ? [join(folder, 'pip', 'pip.ini')] : []))]
  }
  const settings = variables.XDG_CONFIG_HOME || join(home, '.config')
  const environments = variables.VIRTUAL_ENV ? [join(variables.VIRTUAL_ENV, 'pip.conf')] : []
  const mac = platform === 'darwin' ? [join(home, 'Library/Application Support/pip/pip.conf')] : []
  const common = (variables.XDG_CONFIG_DIRS || '/etc/xdg').split(':').map((folder) => join(folder, 'pip/pip.conf'))
  return [
    ...own,
    ...environments,
    ...mac,
    join(settings, 'pip/pip.conf'),
    join(home, '.pip/pip.conf'),
    ...common,
    '/etc/pip.conf',
  ]
}

/** `index-url` of the sections that `pip download` reads, the more special one first. Pure. */
export function indexInFile(text: string): string | undefined {
  const found: Record<string, string> = {}
  let section = ''
  for (const line of text.split(/\r?\n/)) {
    section = /^\s*\[(.+?)\]/.exec(line)?.[1] ?? section
    const url = /^\s*index[-_]url\s*[=:]\s*(\S+)/.exec(line)?.[1]
    if (url) found[section] = url
  }
  return found.download ?? found.global
}

const pips: readonly (readonly [string, ...string[]])[] = [
  ['python3', '-m', 'pip'],
  ['python', '-m', 'pip'],
  ['pip3'],
  ['py', '-m', 'pip'],
]

/** Its help names what it takes where nobody says anything. */
async function askPip({ runTool: run = runTool }: IndexCall): Promise<PackageIndex | undefined> {
  for (const [program, ...parameters] of pips) {
    const help = await run(program, [...parameters, 'download', '--help'])
    const url = /--index-url[\s\S]*?\(default\s+(https?:\/\/[^)\s]+)/.exec(help ?? '')?.[1]
    if (url) return indexOf(url, [program, ...parameters].join(' '))
  }
  return undefined
}

function indexOf(text: string, source: string): PackageIndex {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Error(`${source} names an index that is no web address: ${text.replace(/^.*@/s, '…@')}`)
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return { url, source }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
