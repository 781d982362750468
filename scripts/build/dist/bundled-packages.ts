import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from '../../project-folder.ts'
import type { InstalledPackage } from './executable-contents.ts'

let known: Promise<readonly InstalledPackage[]> | undefined

/**
 * The npm packages whose code is in an executable, sorted by name, from the bundler itself: the program is bundled once more, without
 * being compiled, which takes a second and is done once.
 */
export function bundledPackages(): Promise<readonly InstalledPackage[]> {
  known ??= findPackages()
  return known
}

async function findPackages(): Promise<readonly InstalledPackage[]> {
  const { metafile } = await Bun.build({
    entrypoints: [join(projectFolder, 'src', 'main.ts')],
    root: projectFolder,
    target: 'bun',
    format: 'esm',
    splitting: true,
    metafile: true,
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  if (!metafile) throw new Error('Bun did not say what is in the bundle')
  const folders = new Set(Object.keys(metafile.inputs).flatMap((path) => packageFolderOf(path) ?? []))
  if (folders.size === 0) throw new Error('Bun named no package that is in the bundle')
  return [...folders].sort().map((folder) => readPackage(join(projectFolder, folder)))
}

/** `node_modules/a/node_modules/@b/c/d.js` → `node_modules/a/node_modules/@b/c`; undefined for files of our own. */
export function packageFolderOf(path: string): string | undefined {
  return /^(.*\bnode_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path.replaceAll('\\', '/'))?.[1]
}

/** What is installed in a folder. */
export function readPackage(folder: string): InstalledPackage {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as InstalledPackage
  return { name, version, folder }
}
