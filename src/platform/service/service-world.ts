import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

/** What a tool of the system said. */
export interface ToolAnswer {
  /** 127: there is no such tool. */
  readonly code: number
  readonly output: string
  readonly errors: string
}

/** A file, as far as it matters here. */
export interface FileFacts {
  /** `link`: whatever it points to. */
  readonly kind: 'file' | 'folder' | 'link' | 'other'
  /** The last nine bits, as for chmod. */
  readonly mode: number
  /** The number of the user whose it is; absent where the system has no such numbers. */
  readonly owner?: number
  /** When its content was changed last. */
  readonly changed?: Date
}

/** The machine as the installing of a service sees it. Tests have one that is made up. */
export interface ServiceWorld {
  readonly platform: string
  /** 0: root; absent where the system has no such numbers. */
  readonly userId?: number
  readonly userName: string
  /** Absolute path of the user's folder. */
  readonly home: string
  readonly variables: Readonly<Record<string, string>>
  /** Runs a tool to its end, with messages in English and times in UTC. Never rejects. */
  run(command: readonly [string, ...string[]]): Promise<ToolAnswer>
  /** The text of a file, in UTF-8 or in UTF-16 with its mark; nothing where there is none that can be read. */
  read(path: string): string | undefined
  /** What lies there; links are not followed, but where `follow` says so. */
  look(path: string, follow?: 'follow'): FileFacts | undefined
  /** `realPlace`. */
  real(path: string): string
  /** Writes a file whole or not at all. Folders on the way are made. */
  write(path: string, text: string, how: { readonly mode: number; readonly encoding?: 'utf16' }): void
  remove(path: string): void
}

/** How long a tool may take: stopping waits until running requests have ended, for which `shutdown_seconds` gives a day at most. */
const patienceMilliseconds = 25 * 3_600_000

/** This machine. `variables` are those that tools are started with. */
export function thisWorld(
  facts: Pick<ServiceWorld, 'platform' | 'userId' | 'userName' | 'home' | 'variables'>,
): ServiceWorld {
  return {
    ...facts,
    run: (command) => runTool(command, { ...facts.variables, LC_ALL: 'C', TZ: 'UTC', SYSTEMD_PAGER: '' }),
    read: (path) => {
      try {
        return decode(readFileSync(path))
      } catch {
        return undefined
      }
    },
    look: (path, follow) => {
      try {
        const found = follow ? statSync(path) : lstatSync(path)
        const kind = found.isFile() ? 'file' : found.isDirectory() ? 'folder' : undefined
        return {
          kind: kind ?? (found.isSymbolicLink() ? 'link' : 'other'),
          mode: found.mode & 0o777,
          ...(facts.userId !== undefined && { owner: found.uid }),
          changed: found.mtime,
        }
      } catch {
        return undefined
      }
    },
    real: realPlace,
    write: writeWhole,
    remove: (path) => rmSync(path, { force: true }),
  }
}

/** A path without links on the way; as it stands where nothing lies there. */
export function realPlace(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** A link that lies at the place is replaced, and what it points to stays. */
function writeWhole(path: string, text: string, { mode, encoding }: Parameters<ServiceWorld['write']>[2]): void {
  mkdirSync(dirname(path), { recursive: true })
  const fresh = join(dirname(path), `.hearth-${randomUUID()}`)
  try {
    writeFileSync(fresh, encoding ? Buffer.from(`\ufeff${text}`, 'utf16le') : text, { mode: 0o600, flag: 'wx' })
    chmodSync(fresh, mode)
    renameSync(fresh, path)
  } catch (error) {
    removeQuietly(fresh)
    throw error
  }
}

/** What was wrong first is what matters. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // A disk that cannot be written to keeps nothing that would have to go.
  }
}

const decode = (bytes: Buffer): string =>
  bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.subarray(2).toString('utf16le') : bytes.toString('utf8')

function runTool([program, ...args]: readonly [string, ...string[]], env: Record<string, string>): Promise<ToolAnswer> {
  return new Promise((resolve) => {
    const options = { env, timeout: patienceMilliseconds, maxBuffer: 16 * 2 ** 20, windowsHide: true } as const
    execFile(program, args, options, (error, output, errors) => {
      const code = typeof error?.code === 'number' ? error.code : error ? (isMissing(error) ? 127 : 1) : 0
      resolve({ code, output, errors: errors || (error && code !== 0 ? error.message : '') })
    })
  })
}

const isMissing = (error: Error) => (error as NodeJS.ErrnoException).code === 'ENOENT'
