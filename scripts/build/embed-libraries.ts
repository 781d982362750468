import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, zstdCompressSync } from 'node:zlib'
import type { BunPlugin } from 'bun'
import { cacheFolder } from '../project-folder.ts'
import type { NativeFile, NativeFiles } from './native-files.ts'
import type { Target } from './targets.ts'

/** Answers the module `src/platform/embedded-libraries.ts`, empty from source, with the libraries of the target. */
export function embedLibraries(target: Target, native: NativeFiles): BunPlugin {
  return {
    name: 'embed-libraries',
    setup(build) {
      build.onLoad({ filter: /[\\/]platform[\\/]embedded-libraries\.ts$/ }, () => ({
        contents: moduleText(target, native),
        loader: 'ts',
      }))
    },
  }
}

/** Each file is imported, so that Bun puts it into the executable and answers the path that it has there. */
function moduleText({ device }: Target, { version, hash, files }: NativeFiles): string {
  const imports = files.map(
    (file, index) => `import file${index} from ${JSON.stringify(compressedCopy(file))} with { type: 'file' }`,
  )
  const rows = files.map(
    ({ name, bytes, sha256 }, index) =>
      `    ${JSON.stringify({ name, part: 'libraries', bytes, sha256 }).slice(0, -1)}, path: file${index} },`,
  )
  return [
    ...imports,
    'export const embeddedLibraries = {',
    `  version: ${JSON.stringify(version)},`,
    `  device: ${JSON.stringify(device)},`,
    `  hash: ${JSON.stringify(hash)},`,
    '  files: [',
    ...rows,
    '  ],',
    '}',
    '',
  ].join('\n')
}

/** Where a file lies compressed with Zstandard, as executables carry it: made once for each content. */
function compressedCopy({ path, sha256 }: NativeFile): string {
  const folder = join(cacheFolder, 'compressed')
  const copy = join(folder, `${sha256}.zst`)
  if (existsSync(copy)) return copy
  mkdirSync(folder, { recursive: true })
  const temporary = `${copy}.${process.pid}.new`
  const params = { [constants.ZSTD_c_compressionLevel]: 19 }
  writeFileSync(temporary, zstdCompressSync(readFileSync(path), { params }))
  renameSync(temporary, copy)
  return copy
}
