import { type FileHandle, open, stat } from 'node:fs/promises'
import { type CheckedFile, checkFiles } from './check-files.ts'
import type { BundleContents } from './contents.ts'
import { type ExecutableFormat, readFormat } from './executable-format.ts'
import { type FoundContents, findContents } from './find-contents.ts'
import { checkSignature } from './mach-signature.ts'
import { computeSeal } from './seal.ts'

/** There is no plain file at a path. */
export class NoFile extends Error {}

/** What was found in an executable. */
export interface BundleCheck {
  readonly bytes: number
  /** Absent: the file is no program that this reads. */
  readonly format?: ExecutableFormat
  /** Absent: it does not say what is in it. */
  readonly contents?: BundleContents
  readonly files: readonly CheckedFile[]
  /** By what every byte of the file was checked, and not only the files inside. */
  readonly checkedBy?: 'seal' | 'signature'
  /** Sentences for people; none: everything is as it was built. */
  readonly problems: readonly string[]
}

/**
 * Looks an executable over without running it, whatever it is for: format and machine, every file inside it byte for byte, and
 * the whole of it by its seal or, on macOS, by its signature. Reads it piece by piece, and however the file was made, not much longer
 * than one of ours of its size takes. Rejects with `NoFile`, and with the error of the file system where it cannot be read.
 */
export async function checkBundle(path: string): Promise<BundleCheck> {
  // Before it is opened: that waits for a pipe's other end, and does something to many a device.
  if (!(await stat(path)).isFile()) throw new NoFile('it is a folder, a pipe or a device')
  const file = await open(path)
  try {
    const { size: bytes } = await file.stat()
    // What has no size may have no end: files of the kernel are such.
    if (bytes === 0 || bytes > mostBytes) return { bytes, files: [], problems: [bytes === 0 ? unreadable() : tooLarge] }
    const format = await readFormat(file)
    const found = format && (await findContents(file))
    if (!format || !found) return { bytes, ...(format && { format }), files: [], problems: [unreadable(format)] }
    const { contents } = found
    const files = await checkFiles(file, { wanted: contents.files, size: bytes })
    const whole = await checkWhole(file, { format, found, size: bytes })
    const problems = [
      ...(contents.machine === format.machine ? [] : [wrongMachine(contents, format)]),
      ...files.filter(({ at }) => at === undefined).map(({ name }) => `${name} is damaged, or not there.`),
      ...(whole.problem ? [whole.problem] : []),
    ]
    return { bytes, format, contents, files, ...(whole.checkedBy && { checkedBy: whole.checkedBy }), problems }
  } finally {
    await file.close()
  }
}

/** Windows starts no larger program, and ours have a tenth of it. */
const mostBytes = 4 * 1024 ** 3

const tooLarge = 'It is larger than any executable of Hearth, and was not read.'

const unreadable = (format?: ExecutableFormat) =>
  format
    ? 'There is no list of files in this program: it is not an executable of Hearth, or an older or a damaged one.'
    : 'This is no program for Linux, macOS or Windows, or its headers are damaged.'

const wrongMachine = ({ machine }: BundleContents, format: ExecutableFormat) =>
  `The files in it are for ${machine}, and the program is one for ${format.machine}.`

interface WholeCheck {
  readonly checkedBy?: 'seal' | 'signature'
  readonly problem?: string
}

interface Whole {
  readonly format: ExecutableFormat
  readonly found: FoundContents
  /** Of the file, in bytes. */
  readonly size: number
}

async function checkWhole(file: FileHandle, { format, found, size }: Whole): Promise<WholeCheck> {
  if (found.seal) {
    const isSame = (await computeSeal(file, found.sealAt)) === found.seal
    return isSame
      ? { checkedBy: 'seal' }
      : { problem: 'The checksum of the whole file is not the one that it was built with.' }
  }
  if (format.name !== 'Mach-O') return {}
  if (!format.signature) return { problem: 'It has no signature, and macOS starts no program without one.' }
  const result = await checkSignature(file, { ...format.signature, size })
  if (result === 'whole') return { checkedBy: 'signature' }
  if (result === 'unreadable') return { problem: 'Its signature cannot be read.' }
  return { problem: `The signature does not match what stands from byte ${result.damagedAt} on.` }
}
