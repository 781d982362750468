import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { projectFolder } from '../project-folder.ts'
import { embedLibraries } from './embed-libraries.ts'
import { readNativeFiles } from './native-files.ts'
import { outputOf, type Target } from './targets.ts'

/** An executable that was built. */
export interface Built {
  /** Relative to the top of the project. */
  readonly output: string
  readonly bytes: number
  /** What it lacks, and why; absent: nothing. */
  readonly note?: string
}

/**
 * Builds the executable of a target into `dist/`. It appears under its name only when it is whole. Throws with a message
 * for people.
 */
export async function buildTarget(target: Target): Promise<Built> {
  const native = readNativeFiles(target)
  const output = outputOf(target)
  const temporary = join(projectFolder, `${output}.${process.pid}.new`)
  mkdirSync(dirname(temporary), { recursive: true })
  try {
    await Bun.build({
      entrypoints: [join(projectFolder, 'src', 'main.ts')],
      compile: {
        target: target.runtime,
        outfile: temporary,
        // What lies in the folder of the person who starts it is no business of the program's.
        autoloadDotenv: false,
        autoloadBunfig: false,
        autoloadTsconfig: false,
        autoloadPackageJson: false,
      },
      // A command parses only the parts that it uses, and those are compiled already: listening takes a third of the time.
      format: 'esm',
      splitting: true,
      bytecode: true,
      // Names stay: stack traces in the log are to be read.
      minify: { whitespace: true, syntax: true, identifiers: false },
      define: { 'process.env.NODE_ENV': '"production"' },
      plugins: [embedLibraries(target, native)],
    })
    const written = target.suffix ? `${temporary}${target.suffix}` : temporary
    renameSync(written, join(projectFolder, output))
  } finally {
    rmSync(temporary, { force: true })
  }
  const { size: bytes } = statSync(join(projectFolder, output))
  const { withoutStep } = native
  return { output, bytes, ...(withoutStep && { note: `without the native step: ${withoutStep}` }) }
}
