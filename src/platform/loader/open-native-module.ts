import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { messageOf, ServerError } from '../../core/errors.ts'
import { readLoaderProblem } from './loader-problem.ts'
import { openSharedLibrary } from './open-shared-library.ts'

export interface NativeModuleCall {
  /** Absolute path of the module. */
  readonly path: string
  /** A folder with `libstdc++.so.6` and `libgcc_s.so.1`, for systems that have none or older ones. Need not be there. */
  readonly cxxRuntime: string
  /** Told what had to be done besides. */
  readonly onNote: (note: string) => void
}

/**
 * Opens a native module and answers what it exports. A C++ runtime that was carried along is opened only when the system's
 * own does not do, and only the library of the two that is wanted: drivers of GPUs may need a newer one than we carry.
 * Throws `native_libraries_unusable` where it is known what the words of the system's loader mean, and its own error else.
 */
export function openNativeModule(call: NativeModuleCall): unknown {
  try {
    return openWithRuntime(call)
  } catch (cause) {
    const known = readLoaderProblem(messageOf(cause))
    throw known ? new ServerError('native_libraries_unusable', { ...known }, { cause }) : cause
  }
}

type RuntimeLibrary = 'libstdc++.so.6' | 'libgcc_s.so.1'

/** A failed attempt leaves nothing of the system's libraries behind, so the next one may find others. */
function openWithRuntime({ path, cxxRuntime, onNote }: NativeModuleCall): unknown {
  const opened = new Set<RuntimeLibrary>()
  for (;;) {
    try {
      return openModule(path)
    } catch (error) {
      const wanted = runtimeWanted(messageOf(error))
      if (!wanted || opened.has(wanted) || !existsSync(join(cxxRuntime, wanted))) throw error
      openRuntime({ wanted, cxxRuntime, opened })
      onNote(`${join(cxxRuntime, wanted)} is used in place of the system's: ${messageOf(error)}`)
    }
  }
}

function openModule(path: string): unknown {
  const loaded: { exports: unknown } = { exports: {} }
  // Now, not lazily: a library that lacks a symbol then fails here, with its name, and not in the middle of a request.
  process.dlopen(loaded, path, constants.dlopen.RTLD_NOW ?? 2)
  return loaded.exports
}

/** The library of the C++ runtime that the system's loader finds missing or too old; undefined: something else is wrong. */
export function runtimeWanted(words: string): RuntimeLibrary | undefined {
  const [, name] =
    /(libstdc\+\+\.so\.6|libgcc_s\.so\.1)[\w.]*: (?:version [`'](?:GLIBCXX|CXXABI|GCC)_[\w.]+' not found|cannot open shared object file)/.exec(
      words,
    ) ?? []
  return name as RuntimeLibrary | undefined
}

interface RuntimeCall {
  readonly wanted: RuntimeLibrary
  readonly cxxRuntime: string
  readonly opened: Set<RuntimeLibrary>
}

function openRuntime({ wanted, cxxRuntime, opened }: RuntimeCall): void {
  try {
    openSharedLibrary(join(cxxRuntime, wanted))
  } catch (error) {
    // The one needs the other.
    const other = runtimeWanted(messageOf(error))
    if (!other || other === wanted || opened.has(other) || !existsSync(join(cxxRuntime, other))) throw error
    openSharedLibrary(join(cxxRuntime, other))
    opened.add(other)
    openSharedLibrary(join(cxxRuntime, wanted))
  }
  opened.add(wanted)
}
