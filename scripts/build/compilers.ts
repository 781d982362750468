import { execFileSync } from 'node:child_process'
import type { Target } from './targets.ts'

/** C++ compilers of the targets that have one; Debian's names, the C compiler's is the same with `gcc`. */
const compilers: Readonly<Partial<Record<Target['machine'], readonly string[]>>> = {
  'linux-x64': ['x86_64-linux-gnu-g++', 'g++'],
  'linux-arm64': ['aarch64-linux-gnu-g++', 'g++'],
}

/** The name of a C++ compiler that makes code for a machine; undefined where this one has none. */
export const compilerFor = (machine: Target['machine']): string | undefined =>
  (compilers[machine] ?? []).find((name) => machineOf(name) === machine)

/** Everything that a compiler says about its version. */
export const versionOfCompiler = (compiler: string): string => execFileSync(compiler, ['--version']).toString()

/** What a compiler makes code for, as Node calls it; undefined where there is no such compiler, or it is for something else. */
function machineOf(compiler: string): Target['machine'] | undefined {
  try {
    return machineOfTriplet(
      execFileSync(compiler, ['-dumpmachine'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString(),
    )
  } catch {
    return undefined
  }
}

/**
 * Of what compilers call a machine (`x86_64-linux-gnu`, `aarch64-redhat-linux`). Code for another C library than glibc is for
 * none: what is made of it would not run where executables do.
 */
export function machineOfTriplet(triplet: string): Target['machine'] | undefined {
  const [, processor] = /^(x86_64|aarch64)-(?:\w+-)?linux(?:-gnu)?$/.exec(triplet.trim()) ?? []
  if (processor === undefined) return undefined
  return processor === 'x86_64' ? 'linux-x64' : 'linux-arm64'
}
