import { userInfo } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'
import process from 'node:process'
import { dangerousVariables, isCompiled, ownCommand } from '../../platform/own-command.ts'
import { programFolder } from '../../platform/program-folder.ts'
import { realPlace, type ServiceWorld, thisWorld } from '../../platform/service/service-world.ts'
import type { CommandContext } from '../command.ts'
import { CommandError } from '../command-error.ts'

/** What the service command works with besides its command line. */
export interface ServiceMachine {
  readonly world: ServiceWorld
  /** What starts this program, and whether that is one executable, which can be relied on to lie there tomorrow. */
  readonly program: {
    readonly command: readonly [string, ...string[]]
    readonly isExecutable: boolean
    /** Absolute path of the folder in which its config.yaml is looked for. */
    readonly folder: string
  }
  /** The version of the Hearth that answers at an address; nothing where none does. */
  readonly ask: (url: string) => Promise<string | undefined>
  /** Waits a moment between two questions. */
  readonly pause: () => Promise<void>
  /** How often a service that was started is asked before that is called slow. */
  readonly patience: number
  /** Runs a command with the streams of this process, and resolves with its exit code. */
  readonly show: (command: readonly [string, ...string[]]) => Promise<number>
}

/** This machine. */
export function thisMachine(environment: CommandContext['environment']): ServiceMachine {
  const userId = process.getuid?.()
  const variables = Object.fromEntries(
    Object.entries(environment.variables).filter(([name]) => !dangerousVariables.some((other) => other === name)),
  )
  // Without a login of its own (cron, su) nothing says where the user's systemd is; it is always there.
  const runtime = userId !== undefined && environment.platform === 'linux' ? `/run/user/${userId}` : undefined
  return {
    world: thisWorld({
      platform: environment.platform,
      ...(userId !== undefined && { userId }),
      userName: nameOfUser(variables),
      home: environment.home,
      variables: { ...(runtime !== undefined && { XDG_RUNTIME_DIR: runtime }), ...variables },
    }),
    program: { command: ownProgram(environment.searchPath), isExecutable: isCompiled(), folder: programFolder() },
    ask: (url) => askOnce(url, environment),
    pause: () => new Promise((resolve) => setTimeout(resolve, 250)),
    patience: 60,
    show: showTool,
  }
}

function nameOfUser(variables: Readonly<Record<string, string>>): string {
  try {
    return userInfo().username
  } catch {
    return variables.USER ?? variables.USERNAME ?? ''
  }
}

/** The name in PATH where that leads to this very file: a package manager changes what it points to with each version. */
function ownProgram(searchPath: string): readonly [string, ...string[]] {
  const [program, ...args] = ownCommand()
  return isCompiled() ? [nameInPath(program, searchPath)] : [program, ...args]
}

/** Absolute path of the `hearth` in PATH that is this very file, or the file itself. */
export function nameInPath(program: string, searchPath: string): string {
  const real = realPlace(program)
  // Relative folders lead elsewhere from wherever a service is started.
  const folders = searchPath.split(delimiter).filter(isAbsolute)
  const found = folders.map((folder) => join(folder, 'hearth')).find((path) => realPlace(path) === real)
  return found ?? program
}

async function askOnce(url: string, environment: CommandContext['environment']): Promise<string | undefined> {
  const { findServer } = await import('../client/find-server.ts')
  const address = { url, isNamed: false }
  const found = await findServer({ address, environment, signal: AbortSignal.timeout(4000) }).catch(() => undefined)
  return found?.version
}

/** Exported for its test. */
export async function showTool([program, ...args]: readonly [string, ...string[]]): Promise<number> {
  const { spawn } = await import('node:child_process')
  const child = spawn(program, args, { stdio: 'inherit', windowsHide: true })
  return await new Promise<number>((resolve, reject) => {
    child.once('error', (error) =>
      reject(new CommandError(`${program} cannot be started: ${error.message}`, `Is ${program} installed?`)),
    )
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)))
  })
}
