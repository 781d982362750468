import type { BunPlugin } from 'bun'
import type { NativeFiles } from './native-files.ts'
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
    ({ path }, index) => `import file${index} from ${JSON.stringify(path)} with { type: 'file' }`,
  )
  const rows = files.map(
    ({ name, bytes, sha256 }, index) =>
      `    ${JSON.stringify({ name, bytes, sha256 }).slice(0, -1)}, path: file${index} },`,
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
