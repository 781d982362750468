import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { InstalledPackage } from './dist/executable-contents.ts'
import { patchRuntime, variablesToPatch } from './patch-runtime.ts'
import type { Target } from './targets.ts'

/** Writes the runtime of a target to a path, without the variables that would make another program of it. */
export function writeRuntime({ machine, suffix }: Target, runtime: InstalledPackage, path: string): void {
  const bytes = readFileSync(join(runtime.folder, 'bin', `bun${suffix ?? ''}`))
  patchRuntime(bytes, variablesToPatch(machine))
  writeFileSync(path, bytes, { mode: 0o755 })
}
