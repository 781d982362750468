import process from 'node:process'

/**
 * Maps a shared library into this process for as long as it lives, so that libraries that are opened later and need it by
 * its name (SONAME; on Windows the name of the file) find it, wherever it lies. `path` is absolute. Opening one that is
 * there already changes nothing. Throws a plain error in the words of the system's loader.
 *
 * `process.dlopen` is no way to do this: it closes at once what is no module for JavaScript.
 */
export function openSharedLibrary(path: string): void {
  const { Deno: deno } = globalThis as { Deno?: DenoHost }
  if (deno) openByDeno(deno, path)
  else if (process.platform === 'win32') openOnWindows(path)
  else openOnUnix(path)
}

/** The part of Deno's API that is used here. What it opens stays open until `close`, which nobody calls. */
interface DenoHost {
  dlopen(path: string, symbols: Record<string, never>): unknown
}

function openByDeno(deno: DenoHost, path: string): void {
  try {
    deno.dlopen(path, {})
  } catch (error) {
    // Deno's own words before it name the path once more.
    throw new Error((error as Error).message.replace(/^Could not open library: /, ''), { cause: error })
  }
}

/** The part of bun:ffi that is used here (https://bun.com/docs/runtime/ffi). Its own `dlopen` asks for a symbol by name. */
interface BunFfi {
  dlopen(
    library: string,
    symbols: Readonly<Record<string, { readonly args: readonly string[]; readonly returns: string }>>,
  ): { readonly symbols: Readonly<Record<string, (...given: unknown[]) => unknown>> }
  ptr(bytes: Uint8Array): unknown
}

const bunFfi = () => (process as { getBuiltinModule(name: string): unknown }).getBuiltinModule('bun:ffi') as BunFfi

/** Where `dlopen` itself is: in the C library, or beside it before glibc 2.34. */
const loaders: readonly string[] =
  process.platform === 'darwin' ? ['/usr/lib/libSystem.B.dylib'] : ['libc.so.6', 'libdl.so.2', 'libc.so']

/** At once, not lazily: what lacks a symbol fails here, with its name. The same number everywhere. */
const rtldNow = 2

function openOnUnix(path: string): void {
  const { ptr } = bunFfi()
  const loader = firstThatOpens(loaders, {
    dlopen: { args: ['ptr', 'i32'], returns: 'ptr' },
    dlerror: { args: [], returns: 'cstring' },
  })
  const name = Buffer.from(`${path}\0`)
  if (!loader.dlopen?.(ptr(name), rtldNow)) throw new Error(String(loader.dlerror?.() ?? `${path} cannot be opened`))
}

/** What the library itself needs is looked for in its own folder then, before any other. */
const loadWithAlteredSearchPath = 8

function openOnWindows(path: string): void {
  const { ptr } = bunFfi()
  const loader = firstThatOpens(['kernel32.dll'], {
    LoadLibraryExW: { args: ['ptr', 'ptr', 'u32'], returns: 'ptr' },
    GetLastError: { args: [], returns: 'u32' },
  })
  const name = Buffer.from(`${path}\0`, 'utf16le')
  if (loader.LoadLibraryExW?.(ptr(name), null, loadWithAlteredSearchPath)) return
  throw new Error(`${path} cannot be opened (Windows error ${loader.GetLastError?.()})`)
}

function firstThatOpens(names: readonly string[], symbols: Parameters<BunFfi['dlopen']>[1]) {
  const { dlopen } = bunFfi()
  for (const [index, name] of names.entries()) {
    try {
      return dlopen(name, symbols).symbols
    } catch (error) {
      if (index === names.length - 1) throw error
    }
  }
  throw new Error('there is no loader')
}
