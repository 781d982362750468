import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { version } from '../../src/config/version.ts'
import type { InstalledPackage } from './dist/executable-contents.ts'
import { patchRuntime, variablesToPatch } from './patch-runtime.ts'
import type { Target } from './targets.ts'
import { withProperties } from './windows-properties.ts'

const properties = {
  name: 'Hearth',
  description: 'Hearth: language models over the OpenAI API',
  version,
  fileName: 'hearth.exe',
}

/**
 * Writes the runtime of a target to a path, without the variables that would make another program of it; for Windows with our name
 * in place of its maker's, which Bun itself can do on Windows only.
 */
export function writeRuntime({ machine, suffix }: Target, runtime: InstalledPackage, path: string): void {
  const bytes = readFileSync(join(runtime.folder, 'bin', `bun${suffix ?? ''}`))
  patchRuntime(bytes, variablesToPatch(machine))
  const named = machine.startsWith('win32-') ? withProperties(bytes, properties) : bytes
  writeFileSync(path, named, { mode: 0o755 })
}
