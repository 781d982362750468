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

/** What a compiler makes code for, as Node calls it; undefined where there is no such compiler. */
function machineOf(compiler: string): string | undefined {
  try {
    const target = execFileSync(compiler, ['-dumpmachine'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString()
    if (!target.includes('linux')) return undefined
    return target.startsWith('x86_64') ? 'linux-x64' : target.startsWith('aarch64') ? 'linux-arm64' : undefined
  } catch {
    return undefined
  }
}
