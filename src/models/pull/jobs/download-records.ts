import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { draftOf, replaceFile } from '../replace-file.ts'
import { pathProblem } from '../safe-path.ts'

/** What has to be known of a download that is not done, to go on with it after the program was ended. */
export interface DownloadRecord {
  readonly id: string
  /** As it was asked for. */
  readonly model: string
  readonly sha256?: string
  readonly isForced?: boolean
  /** What it was found to be, exactly: a later attempt takes the same files. */
  readonly pinned?: string
  readonly resolved?: string
  readonly modelId?: string
  readonly files: readonly { readonly name: string; readonly totalBytes?: number }[]
  readonly startedSeconds: number
  readonly endedSeconds?: number
  /** Where it failed: the code and the facts of a `ServerError`. */
  readonly error?: { readonly code: string; readonly facts: unknown }
}

/**
 * The downloads that are not done, one small file each in the folder `.downloads` of the models folder: so programs that
 * share the models folder never write over each other's. Files are replaced as a whole or not at all.
 */
export class DownloadRecords {
  readonly #folder: string

  constructor(modelsDir: string) {
    this.#folder = join(modelsDir, '.downloads')
  }

  /** All that can be read; a file that cannot is as good as none. */
  async read(): Promise<readonly DownloadRecord[]> {
    const names = await readdir(this.#folder).catch((): string[] => [])
    const texts = names
      .filter((name) => name.endsWith('.json'))
      .map((name) => readRecord(join(this.#folder, name)).catch(() => ''))
    const records = (await Promise.all(texts)).map(parse).filter((record) => record !== undefined)
    return records.toSorted((left, right) => left.startedSeconds - right.startedSeconds)
  }

  async save(record: DownloadRecord): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    await replaceFile(this.#path(record.id), JSON.stringify(record))
  }

  async remove(id: string): Promise<void> {
    await rm(this.#path(id), { force: true })
    await rm(draftOf(this.#path(id)), { force: true })
  }

  #path(id: string): string {
    return join(this.#folder, `${id}.json`)
  }
}

/** Of a model in hundreds of parts a record has some ten thousand bytes. */
const LARGEST_RECORD_BYTES = 2 ** 20

/** A pipe would never end, and what is larger is none: a server does not start before they are read. */
async function readRecord(path: string): Promise<string> {
  const found = await stat(path)
  return found.isFile() && found.size <= LARGEST_RECORD_BYTES ? readFile(path, 'utf8') : ''
}

function parse(text: string): DownloadRecord | undefined {
  try {
    const record = JSON.parse(text) as DownloadRecord | null
    return isRecord(record) ? record : undefined
  } catch {
    return undefined
  }
}

/** A name in it becomes a path, and what lies there may be deleted: it is not believed unread. */
function isRecord(record: DownloadRecord | null): record is DownloadRecord {
  return (
    typeof record?.id === 'string' &&
    /^[\w-]{1,64}$/.test(record.id) &&
    typeof record.model === 'string' &&
    typeof record.startedSeconds === 'number' &&
    Array.isArray(record.files) &&
    record.files.every(({ name }) => typeof name === 'string' && pathProblem(name.split('/')) === undefined)
  )
}
