import type { ElfLibrary, ElfSymbol } from './read-elf.ts'

/** The newest glibc that a carried library may want: the one that node-llama-cpp's libraries want themselves. */
export const newestGlibc = '2.34'

/**
 * The newest version of libstdc++ whose symbols may lack: what GCC up to 4.7 linked programs to and GCC has given up since
 * stands in no static library.
 */
const newestLeftOut = 'GLIBCXX_3.4.17'

/** Symbols that the first library has and the second one has not, by name and version. */
export function lackingSymbols(original: ElfLibrary, made: ElfLibrary): readonly ElfSymbol[] {
  const there = new Set(made.symbols.map(fullName))
  return original.symbols.filter((symbol) => symbol.version && !there.has(fullName(symbol)))
}

/** Why a library that was made must not go into an executable; undefined: it may. */
export function faultOf(original: ElfLibrary, made: ElfLibrary): string | undefined {
  const wanted = made.requirements.flatMap(({ versions }) => versions).filter(isTooNew)
  if (wanted.length > 0) return `it wants ${wanted.join(', ')}, and no more than GLIBC_${newestGlibc} is allowed`
  const lacking = lackingSymbols(original, made).filter(({ version }) => compareVersions(version, newestLeftOut) > 0)
  const [first] = lacking
  if (first) return `it lacks ${lacking.length} symbols, such as ${fullName(first)}`
  const definitions = (library: ElfLibrary) => JSON.stringify(library.definitions)
  if (definitions(original) !== definitions(made)) return 'it defines other versions than the original'
  return undefined
}

const fullName = ({ name, version }: ElfSymbol) => `${name}@${version}`

const isTooNew = (version: string) =>
  version.startsWith('GLIBC_') && compareVersions(version, `GLIBC_${newestGlibc}`) > 0

/** By their numbers, where the word before them is the same; any other word counts as newer. */
function compareVersions(left = '', right = ''): number {
  const [leftWord, leftNumbers] = parts(left)
  const [rightWord, rightNumbers] = parts(right)
  if (leftWord !== rightWord) return 1
  const count = Math.max(leftNumbers.length, rightNumbers.length)
  const differences = Array.from({ length: count }, (_, at) => (leftNumbers[at] ?? 0) - (rightNumbers[at] ?? 0))
  return differences.find((difference) => difference !== 0) ?? 0
}

function parts(version: string): readonly [string, readonly number[]] {
  const [word = '', numbers = ''] = version.split(/_(?=\d)/)
  return [word, numbers.split('.').map(Number)]
}
