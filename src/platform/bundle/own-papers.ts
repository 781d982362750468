import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { type EmbeddedPapers, embeddedPapers } from '../embedded-papers.ts'

const decompress = promisify(zstdDecompress)

/** The licences of everything inside this executable, as text; undefined from source. */
export const ownLicences = (papers: EmbeddedPapers | undefined = embeddedPapers) => readPaper(papers?.licences)

/** The bill of materials of this executable, CycloneDX as JSON; undefined from source. */
export const ownBill = (papers: EmbeddedPapers | undefined = embeddedPapers) => readPaper(papers?.bill)

async function readPaper(path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : (await decompress(await readFile(path))).toString()
}
