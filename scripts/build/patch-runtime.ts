import type { Target } from './targets.ts'

/**
 * Variables by which whoever sets them makes another program of an executable of Bun's: a JavaScript shell, one with modules
 * before its own, one with a debugger in it, or one that writes files where the variable says.
 */
const patchedVariables: readonly string[] = [
  'BUN_BE_BUN',
  'BUN_OPTIONS',
  'BUN_INSPECT',
  'BUN_INSPECT_CONNECT_TO',
  'BUN_INSPECT_PRELOAD',
  'BUN_BYTECODE_DIGEST_OUT',
  'BUN_BYTECODE_ORDER_OUT',
]

/** The same, in what runs on a machine: on macOS there is one that makes a helper of a web view of it. */
export const variablesToPatch = (machine: Target['machine']): readonly string[] =>
  machine.startsWith('darwin-') ? [...patchedVariables, 'BUN_INTERNAL_WEBVIEW_HOST'] : patchedVariables

/** The names are not where they have been in other versions of Bun. */
export class UnknownRuntime extends Error {}

/**
 * Makes the variables without effect, in place: `BUN_OPTIONS` becomes `=UN_OPTIONS`, and no variable's name holds a `=`. They
 * stand in the runtime once each with a zero behind them, in ELF, Mach-O and PE alike, and some of them a second time in a row of
 * names, where nothing shows which of the two is read. Within other texts they stay. Throws `UnknownRuntime` where one of them
 * does not stand there once with a zero, so that a new version of Bun is looked at by a person.
 */
export function patchRuntime(runtime: Uint8Array, names: readonly string[]): void {
  const bytes = Buffer.from(runtime.buffer, runtime.byteOffset, runtime.byteLength)
  const places = names.flatMap((name) => {
    const ended = placesOf(bytes, `${name}\0`)
    if (ended.length !== 1 || bytes.includes(Buffer.from(name, 'utf16le'))) {
      throw new UnknownRuntime(
        `the runtime holds the variable ${name} ${ended.length} times where it was once; ` +
          'look in its sources for how it reads its environment now, then mend scripts/build/patch-runtime.ts',
      )
    }
    return [...ended, ...placesOf(bytes, `${name}BUN_`), ...placesOf(bytes, `${name}NODE_`)]
  })
  for (const place of places) bytes[place] = 0x3d
}

function placesOf(bytes: Buffer, text: string): readonly number[] {
  const wanted = Buffer.from(text, 'latin1')
  const found: number[] = []
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) found.push(at)
  return found
}
