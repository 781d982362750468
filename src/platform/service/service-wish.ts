/** For whom a service runs: a person, with what is theirs, or the whole machine, from its start on. */
export type ServiceScope = 'user' | 'system'

/** What is to run as a service, worked out to the end: every path absolute, every option judged. */
export interface ServiceWish {
  /** The version of the program that installs. */
  readonly version: string
  /** The executable, and what stands before `serve` where that is not the executable alone. */
  readonly command: readonly [string, ...string[]]
  /** What stands behind `serve`. */
  readonly args: readonly string[]
  /** `http://127.0.0.1:8080`; absent where any free port is taken. */
  readonly url?: string
  /** The port that it listens on; below 1024 needs a right of its own. */
  readonly port: number
  /** Seconds that running requests have to end. */
  readonly shutdownSeconds: number
  /** Absolute path of a file with variables, secrets too; it need not be there. */
  readonly environmentFile: string
  /** What stands in that file now, for systems that read no such file. */
  readonly variables: Readonly<Record<string, string>>
  /** Files and folders that the configuration names, outside of the data folder: those that are written to, and others. */
  readonly paths: { readonly written: readonly string[]; readonly read: readonly string[] }
}

/** Seconds that the system waits for the end before it kills: those of the requests, and some to close everything. */
export const stopSeconds = ({ shutdownSeconds }: Pick<ServiceWish, 'shutdownSeconds'>): number =>
  Math.ceil(shutdownSeconds) + 10

/** What one should know of a service that is installed: the part of the wish that its definition carries. */
export interface ServiceRecord {
  readonly version: string
  readonly args: readonly string[]
  readonly url?: string
  readonly environmentFile: string
}

const sign = 'hearth-service:'

/**
 * One line that says in a definition who wrote it, and from what. Its JSON has no two dashes in a row and no brackets, so that it
 * can stand in a comment of XML.
 */
export function recordLine({ version, args, url, environmentFile }: ServiceRecord): string {
  const json = JSON.stringify({ version, args, ...(url !== undefined && { url }), environmentFile })
  const plain = json
    .replaceAll('--', '-\\u002d')
    .replace(/[^\u0020-\u007e]|[<>&]/g, (letter) => `\\u${hex(letter.charCodeAt(0))}`)
  return `${sign} ${plain}`
}

const hex = (code: number) => code.toString(16).padStart(4, '0')

/** Reads that line in a definition; nothing where Hearth did not write it. Pure. */
export function readRecord(definition: string): ServiceRecord | undefined {
  const found = new RegExp(`${sign} (\\{.*\\})`).exec(definition)?.[1]
  if (found === undefined) return undefined
  try {
    const { version, args, url, environmentFile } = JSON.parse(found.replaceAll('&quot;', '"'))
    if (typeof version !== 'string' || !Array.isArray(args)) return undefined
    return {
      version,
      args: args.map(String),
      ...(typeof url === 'string' && { url }),
      environmentFile: String(environmentFile ?? ''),
    }
  } catch {
    return undefined
  }
}
