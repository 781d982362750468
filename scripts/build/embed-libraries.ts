import type { BunPlugin } from 'bun'
import type { ExecutableContents } from './dist/executable-contents.ts'

/** Answers the module `src/platform/embedded-libraries.ts`, empty from source, with the libraries of the target. */
export function embedLibraries(contents: ExecutableContents): BunPlugin {
  return {
    name: 'embed-libraries',
    setup(build) {
      build.onLoad({ filter: /[\\/]platform[\\/]embedded-libraries\.ts$/ }, () => ({
        contents: moduleText(contents),
        loader: 'ts',
      }))
    },
  }
}

/** Answers the module `src/platform/built-for.ts`, empty from source. */
export function embedBuiltFor(target: string, releasesUrl: string | undefined): BunPlugin {
  return {
    name: 'embed-built-for',
    setup(build) {
      build.onLoad({ filter: /[\\/]platform[\\/]built-for\.ts$/ }, () => ({
        contents: `export const builtFor = ${JSON.stringify({ target, releasesUrl })}\n`,
        loader: 'ts',
      }))
    },
  }
}

/** Each file is imported, so that Bun puts it into the executable and answers the path that it has there. */
function moduleText({ target, nodeLlamaCpp, hash, files }: ExecutableContents): string {
  const imports = files.map(
    ({ compressed }, index) => `import file${index} from ${JSON.stringify(compressed)} with { type: 'file' }`,
  )
  const rows = files.map(
    ({ name, part, bytes, sha256 }, index) =>
      `    ${JSON.stringify({ name, part, bytes, sha256 }).slice(0, -1)}, path: file${index} },`,
  )
  return [
    ...imports,
    'export const embeddedLibraries = {',
    `  version: ${JSON.stringify(nodeLlamaCpp.version)},`,
    `  device: ${JSON.stringify(target.device)},`,
    `  hash: ${JSON.stringify(hash)},`,
    '  files: [',
    ...rows,
    '  ],',
    '}',
    '',
  ].join('\n')
}
