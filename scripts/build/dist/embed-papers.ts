import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, zstdCompressSync } from 'node:zlib'
import type { BunPlugin } from 'bun'
import { version } from '../../../src/config/version.ts'
import {
  type BundledFile,
  billName,
  licencesName,
  renderContents,
  startBytes,
} from '../../../src/platform/bundle/contents.ts'
import { cacheFolder } from '../../project-folder.ts'
import { executableComponents, ownLicence } from './executable-components.ts'
import type { ExecutableContents } from './executable-contents.ts'
import { renderBill } from './render-bill.ts'
import { renderLicences } from './render-licences.ts'

/** What is written about an executable, before it is compiled. */
export interface Papers {
  /** The text of LICENSES.txt. */
  readonly licences: string
  /** CycloneDX as JSON. */
  readonly bill: string
}

/** Throws `MissingLicence`, with a message for people. */
export async function writePapers(contents: ExecutableContents): Promise<Papers> {
  const components = await executableComponents(contents)
  return {
    licences: renderLicences(contents.target.name, ownLicence(), components),
    bill: renderBill(contents.target, components),
  }
}

/**
 * Answers the module `src/platform/embedded-papers.ts` with the licences, the bill of materials and the list of the files of an
 * executable. Called before the executable is compiled; throws with a message for people when something in it has no licence text.
 */
export async function embedPapers(contents: ExecutableContents): Promise<BunPlugin> {
  const { licences, bill } = await writePapers(contents)
  const folder = papersFolder(contents, licences + bill)
  const papers = [writePaper(folder, licencesName, licences), writePaper(folder, billName, bill)] as const
  const list = join(folder, 'contents')
  replaceFile(
    list,
    describeBundle(
      contents,
      papers.map(({ file }) => file),
    ),
  )
  const names = { contents: list, licences: papers[0].path, bill: papers[1].path }
  return {
    name: 'embed-papers',
    setup(build) {
      build.onLoad({ filter: /[\\/]platform[\\/]embedded-papers\.ts$/ }, () => ({
        contents: moduleText(names),
        loader: 'ts',
      }))
    },
  }
}

/** One for each content, because several builds may run at once; those of builds that are over are removed. */
function papersFolder({ target, hash, releasesUrl = '' }: ExecutableContents, text: string): string {
  const parent = join(cacheFolder, 'papers')
  const folder = join(
    parent,
    `${target.name}-${createHash('sha256').update(`${hash} ${releasesUrl} `).update(text).digest('hex').slice(0, 16)}`,
  )
  mkdirSync(folder, { recursive: true })
  const oldest = Date.now() - 3_600_000
  for (const name of readdirSync(parent)) {
    const path = join(parent, name)
    const isOld = (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY) < oldest
    if (isOld && path !== folder) rmSync(path, { recursive: true, force: true })
  }
  return folder
}

/** Each file is imported, so that Bun puts it into the executable and answers the path that it has there. */
function moduleText(names: Readonly<Record<string, string>>): string {
  const keys = Object.keys(names)
  const imports = keys.map((key) => `import ${key} from ${JSON.stringify(names[key])} with { type: 'file' }`)
  return `${imports.join('\n')}\nexport const embeddedPapers = { ${keys.join(', ')} }\n`
}

/** Writes a paper compressed, as it goes into the executable. */
function writePaper(folder: string, name: string, text: string): { readonly path: string; readonly file: BundledFile } {
  const params = { [constants.ZSTD_c_compressionLevel]: 19 }
  const content = Buffer.from(text)
  const path = join(folder, `${name}.zst`)
  replaceFile(path, zstdCompressSync(content, { params }))
  return { path, file: { name, part: 'papers', ...describe(content), compressed: describeCompressed(path) } }
}

function describeBundle(contents: ExecutableContents, papers: readonly BundledFile[]): Buffer {
  const { target, runtime, nodeLlamaCpp, hash, files, releasesUrl } = contents
  return renderContents({
    version,
    target: target.name,
    machine: target.machine,
    device: target.device,
    runtime: `${runtime.name}@${runtime.version}`,
    nativeVersion: nodeLlamaCpp.version,
    nativeHash: hash,
    ...(releasesUrl && { releasesUrl }),
    files: [
      ...files.map(({ name, part, bytes, sha256, compressed }) => ({
        name,
        part,
        bytes,
        sha256,
        compressed: describeCompressed(compressed),
      })),
      ...papers,
    ],
  })
}

const describe = (content: Buffer) => ({
  bytes: content.byteLength,
  sha256: createHash('sha256').update(content).digest('hex'),
})

function describeCompressed(path: string): BundledFile['compressed'] {
  const content = readFileSync(path)
  return { ...describe(content), start: content.toString('hex', 0, startBytes) }
}

/** Another build of the same target may read it at this moment. */
function replaceFile(path: string, content: Buffer): void {
  const temporary = `${path}.${process.pid}.new`
  writeFileSync(temporary, content)
  renameSync(temporary, path)
}
