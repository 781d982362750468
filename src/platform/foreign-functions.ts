import process from 'node:process'

/** What a C function takes: a 32-bit integer, or the address of numbers that it may write to. It answers a 32-bit integer. */
type Parameter = 'number' | 'pointer'

type Functions<Names extends string> = Readonly<Record<Names, (...given: readonly (number | Int32Array)[]) => number>>

/**
 * Functions of a shared library that is open already, by its path or by the name that it was opened by. Throws a plain error
 * that names what the library lacks.
 */
export function bindFunctions<Names extends string>(
  library: string,
  functions: Readonly<Record<Names, readonly Parameter[]>>,
): Functions<Names> {
  const { Deno: deno } = globalThis as { Deno?: DenoHost }
  return (deno ? bindByDeno(deno, library, functions) : bindByBun(library, functions)) as Functions<Names>
}

type Wanted = Readonly<Record<string, readonly Parameter[]>>

interface DenoHost {
  dlopen(
    path: string,
    symbols: Readonly<Record<string, { readonly parameters: readonly string[]; readonly result: string }>>,
  ): { readonly symbols: Functions<string> }
}

function bindByDeno(deno: DenoHost, library: string, functions: Wanted): Functions<string> {
  const kinds = { number: 'i32', pointer: 'buffer' }
  const symbols = mapped(functions, (given) => ({ parameters: given.map((each) => kinds[each]), result: 'i32' }))
  return deno.dlopen(library, symbols).symbols
}

interface BunFfi {
  dlopen(
    library: string,
    symbols: Readonly<Record<string, { readonly args: readonly string[]; readonly returns: string }>>,
  ): { readonly symbols: Functions<string> }
}

function bindByBun(library: string, functions: Wanted): Functions<string> {
  const { dlopen } = (process as { getBuiltinModule(name: string): unknown }).getBuiltinModule('bun:ffi') as BunFfi
  const kinds = { number: 'i32', pointer: 'ptr' }
  const symbols = mapped(functions, (given) => ({ args: given.map((each) => kinds[each]), returns: 'i32' }))
  return dlopen(library, symbols).symbols
}

const mapped = <To>(functions: Wanted, to: (given: readonly Parameter[]) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(functions).map(([name, given]) => [name, to(given)]))
