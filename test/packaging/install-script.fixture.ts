import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { projectFolder } from '../../scripts/project-folder.ts'
import { type RunResult, run } from '../run.ts'

export const script = join(projectFolder, 'packaging', 'install.sh')

/** Where a program lies that PATH names. */
export function findProgram(name: string): string | undefined {
  const paths = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Whether something is missing without which no release can be made and installed here. */
export const lacksTools = ['curl', 'tar', 'xz'].some((name) => !findProgram(name))

/** The shells that are here, each as the beginning of a command line. */
export const shells: readonly (readonly [string, ...string[]])[] = [
  ['dash'],
  ['bash'],
  ['bash', '--posix'],
  ['busybox', 'sh'],
]
  .map(([name = '', ...rest]) => [findProgram(name) ?? '', ...rest] as const)
  .filter(([program]) => program !== '')

/** What a machine is made to look like. */
export interface MachineFacts {
  /** Programs by name: undefined takes one away, a text is the script that stands in for it. */
  readonly programs?: Readonly<Record<string, string | undefined>>
  readonly variables?: Readonly<Record<string, string>>
  readonly shell?: readonly [string, ...string[]]
  /** Only what busybox can do. */
  readonly isBusybox?: boolean
}

/** A machine that the script is run on: a home folder, and a PATH with what the script may find. */
export interface InstallMachine extends Disposable {
  readonly home: string
  readonly environment: Readonly<Record<string, string>>
  install(...parameters: string[]): Promise<RunResult>
  /** Names in the folder that it goes to. */
  installed(): readonly string[]
}

const usual = [
  'awk',
  'cat',
  'chmod',
  'curl',
  'grep',
  'id',
  'ls',
  'mkdir',
  'mktemp',
  'mv',
  'readlink',
  'rm',
  'sed',
  'sha256sum',
  'sort',
  'tar',
  'tr',
  'uniq',
  'xz',
]

/** A Linux machine with an x64 processor and glibc 2.36, unless it is said otherwise. */
export function makeMachine({ programs = {}, variables, shell, isBusybox }: MachineFacts = {}): InstallMachine {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-install-'))
  const [home, tools] = [join(folder, 'home'), join(folder, 'tools')]
  for (const path of [home, tools]) mkdirSync(path)
  const linked = [...usual, ...Object.keys(programs)].filter((name) => !(name in programs))
  for (const name of linked) {
    const program = findProgram(isBusybox ? 'busybox' : name)
    if (program) symlinkSync(program, join(tools, name))
  }
  const fakes = {
    uname: answering({ '-s': 'Linux', '-m': 'x86_64' }),
    getconf: answering({ LONG_BIT: '64', GNU_LIBC_VERSION: 'glibc 2.36' }),
    id: 'echo 1000',
    ...programs,
  }
  for (const [name, text] of Object.entries(fakes)) {
    rmSync(join(tools, name), { force: true })
    if (text === undefined) continue
    writeFileSync(join(tools, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(tools, name), 0o755)
  }
  const environment = { HOME: home, PATH: tools, SHELL: '/bin/bash', ...variables }
  const [first = ['sh'] as const] = shells
  return {
    home,
    environment,
    install: (...parameters) => run([...(shell ?? first), script, ...parameters], { environment, folder: home }),
    installed: () => {
      try {
        return readdirSync(join(home, '.local', 'bin')).sort()
      } catch {
        return []
      }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

/** A script that answers by its first parameter, and fails for all others. */
export const answering = (answers: Readonly<Record<string, string>>): string =>
  `case "$1" in\n${Object.entries(answers)
    .map(([parameter, text]) => `${parameter}) echo "${text}" ;;\n`)
    .join('')}*) exit 1 ;;\nesac`
