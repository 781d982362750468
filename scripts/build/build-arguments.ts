import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { isLoopback } from '../../src/platform/proxy.ts'
import { projectFolder } from '../project-folder.ts'
import { isSafeAddress } from './dist/write-packaging.ts'
import { type Target, targets } from './targets.ts'

/** What a build was asked for. */
export interface BuildArguments {
  /** In the order of the table. */
  readonly targets: readonly Target[]
  /** Of node-llama-cpp and its native packages; exact. */
  readonly nativeVersion: string
  /** Where releases are published, without a `/` at its end; goes into the executables. */
  readonly releasesUrl?: string
  /** Relative to the top of the project, or absolute. */
  readonly folder: string
  readonly archives: boolean
}

/** The command line is wrong; the message names what was given and what there is. */
export class WrongArguments extends Error {}

const pinned: { readonly dependencies: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(join(projectFolder, 'package.json'), 'utf8'),
)

/** The exact version of a package in package.json. */
export function pinnedVersion(name: 'bun' | 'node-llama-cpp'): string {
  const version = pinned.dependencies[name]
  if (!version) throw new Error(`package.json pins no ${name}`)
  return version
}

export const usage = `npm run build [-- [--target] NAME … [--native VERSION] [--releases URL] [--output FOLDER] [--no-archives]]
  NAME            ${targets.map(({ name }) => name).join(', ')}, or all. Without one: this machine's.
  --native        the version of node-llama-cpp and its native packages; by default ${pinnedVersion('node-llama-cpp')}.
  --releases      the address below which releases are published: where 'hearth update' and install.sh look.
  --output        the folder that the files go to, from the top of the project; by default dist.
  --no-archives   executables only.
  --help          this text.`

const options = {
  target: { type: 'string', multiple: true },
  native: { type: 'string' },
  releases: { type: 'string' },
  output: { type: 'string' },
  'no-archives': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Reads the command line of a build on a machine with its own target; `help` where that was asked for. Throws `WrongArguments`. Pure. */
export function readBuildArguments(given: readonly string[], own: Target | undefined): BuildArguments | 'help' {
  const { values, positionals } = parse(given)
  if (values.help) return 'help'
  const nativeVersion = values.native ?? pinnedVersion('node-llama-cpp')
  if (!/^\d+\.\d+\.\d+(?:-[\w.-]+)?$/.test(nativeVersion)) {
    throw new WrongArguments(
      `--native takes one exact version, such as ${pinnedVersion('node-llama-cpp')}, not '${nativeVersion}'`,
    )
  }
  if (values.output === '') throw new WrongArguments('--output takes a folder')
  return {
    targets: chooseTargets([...(values.target ?? []), ...positionals], own),
    nativeVersion,
    ...(values.releases !== undefined && { releasesUrl: readReleasesUrl(values.releases) }),
    folder: values.output ?? 'dist',
    archives: !values['no-archives'],
  }
}

function parse(given: readonly string[]) {
  const parsed = attempt(() => parseArgs({ args: [...given], options, allowPositionals: true, tokens: true }))
  // The last one would count, and the others be ignored.
  const once = parsed.tokens.flatMap((token) =>
    token.kind === 'option' && token.name !== 'target' ? [token.name] : [],
  )
  const twice = once.find((name, index) => once.indexOf(name) !== index)
  if (twice) throw new WrongArguments(`--${twice} is given more than once`)
  return parsed
}

function attempt<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new WrongArguments((error as Error).message)
  }
}

function chooseTargets(names: readonly string[], own: Target | undefined): readonly Target[] {
  const there = `there are ${targets.map(({ name }) => name).join(', ')}, and all`
  if (names.length === 0) {
    if (own) return [own]
    throw new WrongArguments(`There is no target for ${process.platform} ${process.arch}; ${there}`)
  }
  const unknown = names.filter((name) => name !== 'all' && !targets.some((target) => target.name === name))
  if (unknown.length > 0) {
    throw new WrongArguments(`There is no target ${unknown.map((name) => `'${name}'`).join(', ')}; ${there}`)
  }
  return names.includes('all') ? targets : targets.filter(({ name }) => names.includes(name))
}

function readReleasesUrl(text: string): string {
  const wrong = (what: string) =>
    new WrongArguments(`--releases takes an address such as https://example.org/hearth/releases, ${what}: '${text}'`)
  if (!URL.canParse(text)) throw wrong('not')
  const url = new URL(text)
  // What asks there, hearth update and the install scripts, takes no other.
  const isAsked = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
  if (!isAsked) throw wrong('with https, or http for this machine itself')
  if (url.username || url.password) {
    throw new WrongArguments('--releases takes an address without a name or password, which everybody could read')
  }
  if (url.search || url.hash) throw wrong('without ? and #')
  const address = url.href.replace(/\/+$/, '')
  // Now, and not after all of the targets were built.
  if (!isSafeAddress(address)) throw wrong('of letters, digits and -._~:/@%+[] and no more than 300 of them')
  return address
}
