import { createHash } from 'node:crypto'

/** Where a 64-bit Mach-O file has its code signature; offsets in the file. */
export interface SignaturePlace {
  readonly offset: number
  readonly bytes: number
}

/** Of a code directory. */
export interface CodeDirectory {
  readonly identifier: string
  /** `0x2` is ad hoc: without a certificate. */
  readonly flags: number
  /** Bytes from the beginning of the file that it speaks for. */
  readonly limit: number
  readonly pageBytes: number
  /** SHA-256 of each page. */
  readonly pages: readonly Buffer[]
}

/** Only these are read: all that Bun and Apple's tools have written for years. */
const magic = { machO: 0xfeedfacf, signature: 0xfade0cc0, directory: 0xfade0c02 } as const
const codeSignatureCommand = 0x1d
const sha256Kind = 2

/** Answers undefined where there is none. Throws for anything but a 64-bit Mach-O file. */
export function signaturePlace(file: Buffer): SignaturePlace | undefined {
  if (file.readUInt32LE(0) !== magic.machO) throw new Error('this is no 64-bit Mach-O file')
  let at = 32
  for (let left = file.readUInt32LE(16); left > 0; left--) {
    if (file.readUInt32LE(at) === codeSignatureCommand) {
      return { offset: file.readUInt32LE(at + 8), bytes: file.readUInt32LE(at + 12) }
    }
    at += file.readUInt32LE(at + 4)
  }
  return undefined
}

/** Reads the code directory of a signature. Throws where it holds none that can be checked. */
export function readCodeDirectory(file: Buffer, { offset }: SignaturePlace): CodeDirectory {
  if (file.readUInt32BE(offset) !== magic.signature) throw new Error('the code signature is damaged')
  for (let index = 0; index < file.readUInt32BE(offset + 8); index++) {
    const at = offset + file.readUInt32BE(offset + 12 + 8 * index + 4)
    if (file.readUInt32BE(at) !== magic.directory || file[at + 37] !== sha256Kind) continue
    const hashes = at + file.readUInt32BE(at + 16)
    const hashBytes = file[at + 36] as number
    const name = at + file.readUInt32BE(at + 20)
    return {
      identifier: file.toString('utf8', name, file.indexOf(0, name)),
      flags: file.readUInt32BE(at + 12),
      limit: file.readUInt32BE(at + 32),
      pageBytes: 2 ** (file[at + 39] as number),
      pages: Array.from({ length: file.readUInt32BE(at + 28) }, (_, page) =>
        file.subarray(hashes + page * hashBytes, hashes + (page + 1) * hashBytes),
      ),
    }
  }
  throw new Error('the code signature has no directory of SHA-256 hashes')
}

/**
 * Brings the hashes of an ad hoc signature up to date with the bytes of the file, in place: what macOS compares when it loads
 * a page. Answers how many had to be changed. Throws where there is no signature, or one with a certificate, which nobody
 * but its owner can make.
 */
export function renewSignature(file: Buffer): number {
  const place = signaturePlace(file)
  if (!place) throw new Error('there is no code signature')
  const { flags, limit, pageBytes, pages } = readCodeDirectory(file, place)
  if ((flags & 0x2) === 0) throw new Error('the code signature is not ad hoc')
  if (limit !== place.offset || pages.length !== Math.ceil(limit / pageBytes)) {
    throw new Error('the code signature is not over the whole file')
  }
  let renewed = 0
  for (const [index, kept] of pages.entries()) {
    const page = file.subarray(index * pageBytes, Math.min((index + 1) * pageBytes, limit))
    const hash = createHash('sha256').update(page).digest()
    if (hash.equals(kept)) continue
    hash.copy(kept)
    renewed++
  }
  return renewed
}
