import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from '../project-folder.ts'
import type { PackageName } from './packages.ts'

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>
}

/**
 * The SHA-512 of a package's archive as npm writes it, where the project knows it: from package-lock.json, or from package-sums.json
 * for those that no machine installs. Whatever a registry sends besides is not that package. Undefined for any other version.
 */
export function knownSum({ name, version }: PackageName): string | undefined {
  const lock: Lock = read('package-lock.json')
  const locked = lock.packages[`node_modules/${name}`]
  if (locked?.version === version && locked.integrity) return locked.integrity
  const sums: Readonly<Record<string, string>> = read('scripts', 'build', 'package-sums.json')
  return sums[`${name}@${version}`]
}

/** The same, of an archive. */
export const sumOf = (archive: Uint8Array): string => `sha512-${createHash('sha512').update(archive).digest('base64')}`

const read = (...names: readonly string[]) => JSON.parse(readFileSync(join(projectFolder, ...names), 'utf8'))
