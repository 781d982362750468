import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pinnedVersion } from '../../scripts/build/build-arguments.ts'
import { outputOf, ownTarget, type Target } from '../../scripts/build/targets.ts'
import { projectFolder } from '../../scripts/project-folder.ts'
import { findContents } from '../../src/platform/bundle/find-contents.ts'
import { run } from '../run.ts'

/** The built file, alone in a folder, beside an empty folder for HOME. */
export interface LoneExecutable extends Disposable {
  /** Absolute path of the file. */
  readonly path: string
  /** The folder that it is alone in. */
  readonly folder: string
  /** The whole environment: HOME, and nothing else. */
  readonly environment: { readonly HOME: string }
}

/**
 * Copies an executable to an empty folder, building it first when there is none or the sources are newer; by default this
 * machine's.
 */
export async function loneExecutable(target = ownTarget()): Promise<LoneExecutable> {
  const built = await builtExecutable(target)
  const place = mkdtempSync(join(tmpdir(), 'hearth-executable-'))
  const [folder, home] = [join(place, 'alone'), join(place, 'home')]
  for (const path of [folder, home]) mkdirSync(path)
  const path = join(folder, basename(built))
  copyFileSync(built, path)
  return {
    path,
    folder,
    environment: { HOME: home },
    [Symbol.dispose]: () => rmSync(place, { recursive: true, force: true }),
  }
}

async function builtExecutable(target: Target | undefined): Promise<string> {
  if (!target) throw new Error(`There is no target for ${process.platform} ${process.arch}.`)
  const path = join(projectFolder, outputOf(target))
  if (existsSync(path) && statSync(path).mtimeMs > newestSource() && (await isOfPinned(path))) return path
  const { code, output } = await run([
    process.execPath,
    join(projectFolder, 'scripts', 'build', 'build.ts'),
    '--no-archives',
    '--target',
    target.name,
  ])
  if (code !== 0) throw new Error(`The executable could not be built.\n${output}`)
  return path
}

/** One that was built with `--native` is another program. */
async function isOfPinned(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    return (await findContents(file))?.contents.nativeVersion === pinnedVersion('node-llama-cpp')
  } finally {
    await file.close()
  }
}

/** When anything that goes into the executable was last changed, in milliseconds since 1970. */
function newestSource(): number {
  const folders = ['src', 'native', 'packaging', join('scripts', 'build')].map((name) => join(projectFolder, name))
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))),
  )
  const all = [...files, ...folders, join(projectFolder, 'package.json'), join(projectFolder, 'package-lock.json')]
  return Math.max(...all.map((path) => statSync(path).mtimeMs))
}
