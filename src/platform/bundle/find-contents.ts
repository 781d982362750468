import type { FileHandle } from 'node:fs/promises'
import {
  type BundleContents,
  contentsMarker,
  emptySeal,
  headerBytes,
  readContents,
  readHeader,
  sealOffset,
} from './contents.ts'
import { fill, placesOf } from './find-bytes.ts'

/** The contents that were found in an executable. */
export interface FoundContents {
  readonly contents: BundleContents
  /** Where the checksum of the whole file stands in it. */
  readonly sealAt: number
  /** In hexadecimal; absent: nobody has sealed this file. */
  readonly seal?: string
}

/** More is no list of files. */
const mostJsonBytes = 4 * 1024 * 1024

/** Each may have all of these to be read. */
const mostLists = 16

/** Finds what an executable says of itself, by its marker. Undefined where it says nothing that can be read. */
export async function findContents(file: FileHandle): Promise<FoundContents | undefined> {
  let lists = 0
  for await (const { at, window } of placesOf(file, Buffer.from(contentsMarker), headerBytes)) {
    const header = readHeader(window)
    if (!header || header.jsonBytes > mostJsonBytes) continue
    if (++lists > mostLists) return undefined
    const json = Buffer.alloc(header.jsonBytes)
    if ((await fill(file, json, at + headerBytes)) < json.byteLength) continue
    const contents = readContents(json)
    if (!contents) continue
    const { seal } = header
    return { contents, sealAt: at + sealOffset, ...(seal !== emptySeal && { seal }) }
  }
  return undefined
}
