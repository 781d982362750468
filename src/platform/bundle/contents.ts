import type { EmbeddedPart, NativeDevice } from '../embedded-libraries.ts'

/** What an executable says of itself: readable without running it, whatever it was made for. */
export interface BundleContents {
  readonly version: string
  /** The row of scripts/build/targets.ts. */
  readonly target: string
  /** What Node calls the machine: `process.platform` and `process.arch`. */
  readonly machine: string
  readonly device: NativeDevice
  /** Name and version of the runtime's package. */
  readonly runtime: string
  /** Of node-llama-cpp. */
  readonly nativeVersion: string
  /** As of `EmbeddedLibraries`. */
  readonly nativeHash: string
  /** The address of releases that was built in; absent: none. */
  readonly releasesUrl?: string
  readonly files: readonly BundledFile[]
}

/** A file inside an executable: there as one frame of Zstandard. */
export interface BundledFile {
  /** As in `EmbeddedFile`; papers have names without a folder. */
  readonly name: string
  readonly part: EmbeddedPart | 'papers'
  /** Of the file itself. */
  readonly bytes: number
  readonly sha256: string
  readonly compressed: {
    readonly bytes: number
    readonly sha256: string
    /** The first bytes, in hexadecimal, by which the frame is found. */
    readonly start: string
  }
}

/** What the papers are called. */
export const licencesName = 'LICENSES.txt'
export const billName = 'bill-of-materials.cdx.json'

/** How many bytes `BundledFile.compressed.start` stands for. */
export const startBytes = 32

/** What the contents begin with: a line of fixed length, and JSON after it. */
export const contentsMarker = 'hearth-contents 1 '

/** The checksum of a whole executable is a checksum of it with these letters where the checksum stands. */
export const emptySeal = '0'.repeat(64)

/** The length of the line, with its end. */
export const headerBytes = contentsMarker.length + 8 + 1 + emptySeal.length + 1

/** Where the seal begins, from the beginning of the line. */
export const sealOffset = contentsMarker.length + 8 + 1

/** The contents as they stand in an executable, not sealed yet. */
export function renderContents(contents: BundleContents): Buffer {
  const json = Buffer.from(JSON.stringify(contents))
  const size = String(json.byteLength).padStart(8, '0')
  return Buffer.concat([Buffer.from(`${contentsMarker}${size} ${emptySeal}\n`), json])
}

/** Reads the line; undefined where these bytes are none. */
export function readHeader(line: Buffer): { readonly jsonBytes: number; readonly seal: string } | undefined {
  const text = line.toString('latin1', contentsMarker.length, headerBytes)
  const [, size, seal] = /^(\d{8}) ([\da-f]{64})\n$/.exec(text) ?? []
  return size && seal ? { jsonBytes: Number(size), seal } : undefined
}

/** Reads the JSON; undefined where it is damaged. */
export function readContents(json: Buffer): BundleContents | undefined {
  try {
    const found = JSON.parse(json.toString()) as BundleContents
    return isContents(found) ? found : undefined
  } catch {
    return undefined
  }
}

const texts = ['version', 'target', 'machine', 'device', 'runtime', 'nativeVersion', 'nativeHash'] as const

const isContents = (found: BundleContents) =>
  texts.every((key) => isLine(found?.[key])) &&
  (found.releasesUrl === undefined || isLine(found.releasesUrl)) &&
  Array.isArray(found.files) &&
  found.files.every(isFile)

const isFile = (file: BundledFile) =>
  [file?.name, file?.part].every(isLine) &&
  [file, file.compressed].every(
    (each) => Number.isSafeInteger(each?.bytes) && each.bytes >= 0 && isHexadecimal(each.sha256, 32),
  ) &&
  isHexadecimal(file.compressed.start, startBytes)

/** Whoever made the file, what it says of itself does nothing to a terminal, nor looks like a line of ours. */
export const isLine = (text: unknown): text is string => typeof text === 'string' && /^[\x20-\x7e]{0,300}$/.test(text)

const isHexadecimal = (text: unknown, bytes: number) =>
  typeof text === 'string' && text.length === bytes * 2 && /^[\da-f]*$/.test(text)
