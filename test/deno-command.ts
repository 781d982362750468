import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from '../scripts/project-folder.ts'

/** Absolute path of the Deno among the development tools. */
export function denoCommand(): string {
  const system = { linux: `linux-${process.arch}-glibc`, win32: `win32-${process.arch}` } as Record<string, string>
  const name = system[process.platform] ?? `${process.platform}-${process.arch}`
  const program = process.platform === 'win32' ? 'deno.exe' : 'deno'
  const path = join(projectFolder, 'node_modules', '@deno', name, program)
  if (!existsSync(path)) throw new Error(`Deno is not in ${path}; node scripts/test.mjs installs it.`)
  return path
}
