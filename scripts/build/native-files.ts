import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { projectFolder } from '../project-folder.ts'
import { buildNativeStep } from './native-step.ts'
import type { Target } from './targets.ts'

/** A native library that goes into an executable. */
export interface NativeFile {
  /** Its path in the package's folder, with `/` between the parts. */
  readonly name: string
  /** Absolute path. */
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

/** All native libraries of a target. */
export interface NativeFiles {
  /** Of node-llama-cpp. */
  readonly version: string
  /** Over all files. */
  readonly hash: string
  readonly files: readonly NativeFile[]
  /** Why our own native step is not among them: the executable works all the same, a little slower. */
  readonly withoutStep?: string
}

/** The target's package is not installed: the message says which one and how to get it. */
export class MissingNative extends Error {}

/** Reads the native libraries of a target from node_modules. Throws `MissingNative`. */
export function readNativeFiles({ name, native: [native], machine }: Target): NativeFiles {
  const root = join(projectFolder, 'node_modules', '@node-llama-cpp', native)
  const folder = join(root, 'bins', native)
  const wanted = versionOf(join(projectFolder, 'node_modules', 'node-llama-cpp'))
  if (!existsSync(join(folder, 'llama-addon.node'))) {
    throw new MissingNative(
      `${name} needs @node-llama-cpp/${native}@${wanted}, which is not installed: ` +
        'the registry may lack it, or npm may have left it out because it is for another machine.',
    )
  }
  const version = versionOf(root)
  if (version !== wanted) {
    throw new MissingNative(`${name} needs @node-llama-cpp/${native}@${wanted}, and ${version} is installed.`)
  }
  const step = buildNativeStep({ machine, native: [native] })
  const files = listFiles(folder).map((path) => describe(path, folder))
  if ('path' in step) files.push(describe(step.path, dirname(step.path)))
  const hash = sha256(files.map((file) => `${file.name} ${file.sha256}\n`).join(''))
  return { version, hash, files, ...('missing' in step && { withoutStep: step.missing }) }
}

const versionOf = (folder: string): string => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version

/** What the package says about its own build is of no use at run time. */
const listFiles = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== '_nlcBuildMetadata.json')
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()

function describe(path: string, folder: string): NativeFile {
  const content = readFileSync(path)
  const name = relative(folder, path).split(sep).join('/')
  return { name, path, bytes: content.byteLength, sha256: sha256(content) }
}

const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex')
