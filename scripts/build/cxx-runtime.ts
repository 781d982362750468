import type { NativeFile } from './native-files.ts'
import type { Target } from './targets.ts'

/** The files were built, or why they were not. */
export type CxxRuntimeBuild = { readonly files: readonly NativeFile[] } | { readonly missing: string }

/**
 * Makes `libstdc++.so.6` and `libgcc_s.so.1` for a machine, for systems whose own ones are older or missing: the names
 * of the files are `c++-runtime/libstdc++.so.6` and `c++-runtime/libgcc_s.so.1`, for the part `c++-runtime` of an
 * executable. On anything but Linux there are none. What is missing to make them is answered, not thrown.
 */
export function buildCxxRuntime(machine: Target['machine']): CxxRuntimeBuild {
  if (!machine.startsWith('linux-')) return { files: [] }
  return { missing: `a compiler's static libstdc++ for ${machine}` }
}
