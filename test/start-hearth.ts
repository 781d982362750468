import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectFolder } from '../scripts/project-folder.ts'
import { plantedSecrets } from '../scripts/test/planted-secrets.mjs'
import { denoCommand } from './deno-command.ts'
import { makeModelsFolder } from './real-models.ts'
import { gatherOutput, type WrittenOutput } from './written-output.ts'

/** A running server of its own: nothing is shared with any other, and nothing is left behind. */
export interface Hearth extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string
  readonly processId: number
  /** Asks it to end with SIGTERM, and answers its exit code once it is gone; -1 when a signal ended it. Removes its folders. */
  stop(): Promise<number>
  /** Everything that it has written so far. */
  log(): string
}

export interface StartOptions {
  /** What runs it: from source by Bun or Deno, a built executable, or a command line that begins with something else. */
  readonly by?: 'bun' | 'deno' | { readonly executable: string } | { readonly command: readonly [string, ...string[]] }
  /** More options of `hearth serve`. */
  readonly flags?: readonly string[]
  /** Absent: a folder with the two default models. */
  readonly modelsFolder?: string
  /** The folder that it is started in; absent: the project's. */
  readonly folder?: string
  /** All of its environment; absent: PATH and a HEARTH_HOME of its own. */
  readonly environment?: Readonly<Record<string, string>>
}

const living = new Set<ChildProcess>()
// A test that fails early or is stopped must not leave a server behind: on two cores it would slow all that follows.
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

/** Starts `hearth serve` on a free port of 127.0.0.1, and resolves when it says that it is ready. Rejects with its log. */
export async function startHearth(options: StartOptions = {}): Promise<Hearth> {
  const models = options.modelsFolder ? undefined : await makeModelsFolder()
  const home = mkdtempSync(join(tmpdir(), 'hearth-home-'))
  const written = gatherOutput()
  const remove = () => {
    written.keep(options.environment?.HEARTH_HOME ?? home)
    models?.[Symbol.dispose]()
    rmSync(home, { recursive: true, force: true })
  }
  const [program, ...first] = commandOf(options.by ?? 'bun')
  const modelsFolder = options.modelsFolder ?? models?.path ?? ''
  const parameters = [...first, 'serve', '--port', '0', '--models-dir', modelsFolder, ...(options.flags ?? [])]
  const child = spawn(program, parameters, {
    cwd: options.folder ?? projectFolder,
    // With a home of its own it finds no models of other programs on this machine.
    env: options.environment ?? ownEnvironment(home),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return follow(child, { remove, written })
}

/** The token is nobody's: what a server writes is searched for it. */
const ownEnvironment = (home: string) => ({
  PATH: process.env.PATH ?? '',
  HOME: home,
  HEARTH_HOME: home,
  HF_TOKEN: plantedSecrets.hubToken,
})

async function follow(
  child: ChildProcess,
  { remove, written }: { remove: () => void; written: WrittenOutput },
): Promise<Hearth> {
  living.add(child)
  let log = ''
  const ready = Promise.withResolvers<string>()
  const collect = (bytes: Uint8Array) => {
    log += new TextDecoder().decode(bytes)
    written.append(bytes)
    // The character after the port shows that all of its digits have come.
    const url = /(http:\/\/127\.0\.0\.1:[1-9]\d*)\D/.exec(log)?.[1]
    if (url) ready.resolve(url)
  }
  child.stdout?.on('data', collect)
  child.stderr?.on('data', collect)
  const gone = new Promise<number>((resolve) => {
    child.once('error', (error) => ready.reject(error))
    child.once('close', (code) => {
      living.delete(child)
      remove()
      ready.reject(new Error(`The server ended (exit code ${code}) before it was ready.\n${log}`))
      resolve(code ?? -1)
    })
  })
  const url = await ready.promise
  const stop = () => {
    child.kill('SIGTERM')
    return gone
  }
  return {
    url,
    processId: child.pid ?? 0,
    stop,
    log: () => log,
    async [Symbol.asyncDispose]() {
      await stop()
    },
  }
}

function commandOf(by: NonNullable<StartOptions['by']>): readonly [string, ...string[]] {
  if (typeof by === 'object') return 'command' in by ? by.command : [by.executable]
  const main = join(projectFolder, 'src', 'main.ts')
  return by === 'bun' ? [process.execPath, main] : [denoCommand(), 'run', '-A', main]
}
