import { createHash } from 'node:crypto'

/** The numbers of Apple's cs_blobs.h and loader.h that stand in files of 64 bits. */
const magic = { machO: 0xfeedfacf, signature: 0xfade0cc0, directory: 0xfade0c02 } as const
const command = { segment: 0x19, codeSignature: 0x1d } as const
/** The first version with `execSeg…`, which macOS looks at to know a program from a library. */
const directoryVersion = 0x20400
const adHoc = 0x2
const mainBinary = 1n
const sha256 = { kind: 2, bytes: 32 } as const
const pageBits = 12
const pageBytes = 2 ** pageBits
/** Segments end on pages of Apple's own processors. */
const segmentBytes = 2n ** 14n

/**
 * Answers a program for macOS with an ad hoc code signature (one without a certificate) over all of its bytes, in place of the
 * one that it has. macOS compares each page with it when it loads it: a program for Apple's processors with a wrong one, or
 * none, is not started. Bun signs programs for those only, and leaves its own maker's signature, which fits no longer, in
 * those for Intel. Throws for a file that is no 64-bit Mach-O or has no place for a signature.
 */
export function signAdHoc(file: Buffer, identifier: string): Buffer {
  const { codeSignature, text, linkEdit } = readPlaces(file)
  const limit = file.readUInt32LE(codeSignature + 8)
  const directory = directoryOf({ identifier, limit, textBytes: file.readBigUInt64LE(text + 48) })
  const signature = Buffer.alloc(20 + directory.bytes.byteLength)
  for (const [index, value] of [magic.signature, signature.byteLength, 1, 0, 20].entries()) {
    signature.writeUInt32BE(value, 4 * index)
  }
  const signed = Buffer.concat([file.subarray(0, limit), signature])
  signed.writeUInt32LE(signature.byteLength, codeSignature + 12)
  const linkEditBytes = BigInt(signed.byteLength) - signed.readBigUInt64LE(linkEdit + 40)
  signed.writeBigUInt64LE(linkEditBytes, linkEdit + 48)
  signed.writeBigUInt64LE(((linkEditBytes + segmentBytes - 1n) / segmentBytes) * segmentBytes, linkEdit + 32)
  // Last, because the sizes stand in the first page.
  for (let page = 0; page * pageBytes < limit; page++) {
    const content = signed.subarray(page * pageBytes, Math.min((page + 1) * pageBytes, limit))
    createHash('sha256')
      .update(content)
      .digest()
      .copy(directory.bytes, directory.hashes + page * sha256.bytes)
  }
  directory.bytes.copy(signed, limit + 20)
  return signed
}

interface Places {
  readonly codeSignature: number
  readonly text: number
  readonly linkEdit: number
}

/** Where the load commands are that speak of it, as offsets in the file. */
function readPlaces(file: Buffer): Places {
  if (file.byteLength < 32 || file.readUInt32LE(0) !== magic.machO) throw new Error('this is no 64-bit Mach-O file')
  const found: { -readonly [Name in keyof Places]?: number } = {}
  let at = 32
  for (let left = file.readUInt32LE(16); left > 0; left--) {
    const kind = file.readUInt32LE(at)
    const name = kind === command.segment ? file.toString('latin1', at + 8, at + 24).replaceAll('\0', '') : ''
    if (kind === command.codeSignature) found.codeSignature = at
    if (name === '__TEXT') found.text = at
    if (name === '__LINKEDIT') found.linkEdit = at
    at += file.readUInt32LE(at + 4)
  }
  const { codeSignature, text, linkEdit } = found
  if (!codeSignature || !text || !linkEdit) throw new Error('the Mach-O file has no place for a code signature')
  return { codeSignature, text, linkEdit }
}

interface DirectoryRequest {
  readonly identifier: string
  readonly limit: number
  readonly textBytes: bigint
}

/** A code directory without its hashes, and where they go. */
function directoryOf({ identifier, limit, textBytes }: DirectoryRequest): { bytes: Buffer; hashes: number } {
  const header = 88
  const pages = Math.ceil(limit / pageBytes)
  const hashes = header + Buffer.byteLength(identifier) + 1
  const bytes = Buffer.alloc(hashes + pages * sha256.bytes)
  const fields = [magic.directory, bytes.byteLength, directoryVersion, adHoc, hashes, header, 0, pages, limit]
  for (const [index, value] of fields.entries()) bytes.writeUInt32BE(value, 4 * index)
  bytes.set([sha256.bytes, sha256.kind, 0, pageBits], 36)
  bytes.writeBigUInt64BE(textBytes, 72)
  bytes.writeBigUInt64BE(mainBinary, 80)
  bytes.write(identifier, header)
  return { bytes, hashes }
}

/** How many pages of a program do not have the hash that its signature says. Throws where there is none to compare with. */
export function unsignedPages(file: Buffer): number {
  const at = file.readUInt32LE(readPlaces(file).codeSignature + 8) + 20
  if (file.readUInt32BE(at) !== magic.directory) throw new Error('the signature is not an ad hoc one')
  const [hashes, pages, limit] = [16, 28, 32].map((offset) => file.readUInt32BE(at + offset)) as [
    number,
    number,
    number,
  ]
  const size = 2 ** (file[at + 39] as number)
  const right = Array.from({ length: pages }, (_, page) => {
    const content = file.subarray(page * size, Math.min((page + 1) * size, limit))
    const kept = file.subarray(at + hashes + page * sha256.bytes, at + hashes + (page + 1) * sha256.bytes)
    return createHash('sha256').update(content).digest().equals(kept)
  })
  return right.filter((isRight) => !isRight).length
}
