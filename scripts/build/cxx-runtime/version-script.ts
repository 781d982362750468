import type { ElfLibrary, ElfSymbol } from './read-elf.ts'

/** An older version of a function that has a newer one, too: both lead to the newer one's code. */
export interface OlderVersion {
  readonly name: string
  readonly version: string
}

/** The linker's list of versions, so that every symbol gets the one that it has in the library that is read. */
export function versionScript({ definitions, symbols }: Pick<ElfLibrary, 'definitions' | 'symbols'>): string {
  const newest = newestVersions(symbols)
  const older = olderVersions(symbols)
  // The linker would hide older versions that stand in the group that hides the rest.
  const last = definitions.findLast(({ name }) => !older.some(({ version }) => version === name))
  const nodes = definitions.map(({ name, parents }) => {
    const names = newest.filter(({ version }) => version === name).map((symbol) => ` ${symbol.name};`)
    const global = names.length > 0 ? ` global:${names.join('')}` : ''
    return `${name} {${global}${name === last?.name ? ' local: *;' : ''} }${parents.map((parent) => ` ${parent}`).join('')};\n`
  })
  return nodes.join('')
}

/** Each symbol once: with its default version, or with the only one that it has. */
export function newestVersions(symbols: readonly ElfSymbol[]): readonly ElfSymbol[] {
  const newest = new Map<string, ElfSymbol>()
  for (const symbol of symbols) {
    if (symbol.version && (symbol.isDefault || !newest.has(symbol.name))) newest.set(symbol.name, symbol)
  }
  return [...newest.values()]
}

/** The functions' other versions. */
export function olderVersions(symbols: readonly ElfSymbol[]): readonly OlderVersion[] {
  const newest = new Set(newestVersions(symbols))
  return symbols.flatMap((symbol) =>
    symbol.version && symbol.type === functionType && !newest.has(symbol)
      ? [{ name: symbol.name, version: symbol.version }]
      : [],
  )
}

const functionType = 2

/** Assembly with a jump for each of them, for x86-64 (62) or AArch64 (183). */
export function olderVersionsSource(machine: number, older: readonly OlderVersion[]): string {
  const functions = older.flatMap(({ name, version }, index) => [
    `.globl older_${index}`,
    `.type older_${index}, %function`,
    `older_${index}:`,
    machine === 62 ? `  jmp ${name}@PLT` : `  b ${name}`,
    `.size older_${index}, . - older_${index}`,
    `.symver older_${index}, ${name}@${version}`,
  ])
  return ['.text', ...functions, '.section .note.GNU-stack,"",%progbits', ''].join('\n')
}
