import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { outputOf, ownTarget } from '../../scripts/build/targets.ts'
import { projectFolder } from '../../scripts/project-folder.ts'
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

/** Copies this machine's executable to an empty folder, building it first when there is none or the sources are newer. */
export async function loneExecutable(): Promise<LoneExecutable> {
  const built = await builtExecutable()
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

async function builtExecutable(): Promise<string> {
  const target = ownTarget()
  if (!target) throw new Error(`There is no target for ${process.platform} ${process.arch}.`)
  const path = join(projectFolder, outputOf(target))
  if (existsSync(path) && statSync(path).mtimeMs > newestSource()) return path
  const { code, output } = await run([process.execPath, join(projectFolder, 'scripts', 'build', 'build.ts')])
  if (code !== 0) throw new Error(`The executable could not be built.\n${output}`)
  return path
}

/** When anything that goes into the executable was last changed, in milliseconds since 1970. */
function newestSource(): number {
  const folders = ['src', join('scripts', 'build')].map((name) => join(projectFolder, name))
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))),
  )
  const all = [...files, ...folders, join(projectFolder, 'package.json'), join(projectFolder, 'package-lock.json')]
  return Math.max(...all.map((path) => statSync(path).mtimeMs))
}
