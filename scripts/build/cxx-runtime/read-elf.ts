/** What a shared library of Linux asks for and offers. */
export interface ElfLibrary {
  /** `e_machine`: 62 is x86-64, 183 is AArch64. */
  readonly machine: number
  /** Versions that it defines, in its own order, with those that each one continues. */
  readonly definitions: readonly { readonly name: string; readonly parents: readonly string[] }[]
  /** Versions that it wants of others. */
  readonly requirements: readonly { readonly library: string; readonly versions: readonly string[] }[]
  /** The dynamic symbols that it defines. */
  readonly symbols: readonly ElfSymbol[]
}

/** A symbol that others can be linked to. */
export interface ElfSymbol {
  readonly name: string
  /** Undefined: it has none. */
  readonly version: string | undefined
  /** What is linked now gets this version: `name@@version`, not `name@version`. */
  readonly isDefault: boolean
  /** `STT_…`: 1 is an object, 2 a function, 6 thread-local. */
  readonly type: number
  readonly bytes: number
}

interface Section {
  readonly type: number
  readonly offset: number
  readonly bytes: number
  readonly link: number
  readonly info: number
}

const sectionType = { symbols: 2, dynamicSymbols: 11, definitions: 0x6ffffffd, requirements: 0x6ffffffe } as const
const versionsOfSymbols = 0x6fffffff
const symbolBytes = 24

/** Reads a shared library: ELF with 64 bits, lowest byte first, with section headers. Throws for anything else. */
export function readElfLibrary(file: Uint8Array): ElfLibrary {
  const elf = open(file)
  const [symbols] = elf.sections.filter(({ type }) => type === sectionType.dynamicSymbols)
  if (!symbols) throw new Error('It has no dynamic symbols.')
  const definitions = readDefinitions(elf)
  const names = new Map(definitions.map(({ index, name }) => [index, name]))
  return {
    machine: elf.view.getUint16(18, true),
    definitions: definitions.filter(({ isBase }) => !isBase).map(({ name, parents }) => ({ name, parents })),
    requirements: readRequirements(elf),
    symbols: readSymbols(elf, symbols, names),
  }
}

/**
 * Makes symbols of an object file, which GCC hides in its static libraries, visible to those that will be linked to the
 * library that it goes into; answers a changed copy.
 */
export function unhideSymbols(file: Uint8Array, names: ReadonlySet<string>): Uint8Array {
  const copy = file.slice()
  const elf = open(copy)
  for (const section of elf.sections.filter(({ type }) => type === sectionType.symbols)) {
    for (let at = section.offset; at < section.offset + section.bytes; at += symbolBytes) {
      const isLocal = elf.view.getUint8(at + 4) >> 4 === 0
      if (!isLocal && names.has(elf.text(section.link, elf.view.getUint32(at, true)))) elf.view.setUint8(at + 5, 0)
    }
  }
  return copy
}

interface Elf {
  readonly view: DataView
  readonly sections: readonly Section[]
  /** A text of the table of texts that is section `table`. */
  readonly text: (table: number, offset: number) => string
}

function open(file: Uint8Array): Elf {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const isElf = view.getUint32(0, false) === 0x7f454c46 && view.getUint16(4, false) === 0x0201
  if (!isElf) throw new Error('It is no ELF file with 64 bits, lowest byte first.')
  const [start, size, count] = [Number(view.getBigUint64(40, true)), view.getUint16(58, true), view.getUint16(60, true)]
  const sections = Array.from({ length: count }, (_, index) => {
    const at = start + index * size
    return {
      type: view.getUint32(at + 4, true),
      offset: Number(view.getBigUint64(at + 24, true)),
      bytes: Number(view.getBigUint64(at + 32, true)),
      link: view.getUint32(at + 40, true),
      info: view.getUint32(at + 44, true),
    }
  })
  const text = (table: number, offset: number) => {
    const from = (sections[table]?.offset ?? 0) + offset
    return Buffer.from(file.subarray(from, file.indexOf(0, from))).toString('latin1')
  }
  return { view, sections, text }
}

function readDefinitions({ view, sections, text }: Elf) {
  const section = sections.find(({ type }) => type === sectionType.definitions)
  if (!section) return []
  return records(section, (at) => view.getUint32(at + 16, true)).map((at) => {
    const auxiliary = { offset: at + view.getUint32(at + 12, true), info: view.getUint16(at + 6, true) }
    const [name = '', ...parents] = records(auxiliary, (each) => view.getUint32(each + 4, true)).map((each) =>
      text(section.link, view.getUint32(each, true)),
    )
    return { name, parents, index: view.getUint16(at + 4, true), isBase: (view.getUint16(at + 2, true) & 1) === 1 }
  })
}

function readRequirements({ view, sections, text }: Elf) {
  const section = sections.find(({ type }) => type === sectionType.requirements)
  if (!section) return []
  return records(section, (at) => view.getUint32(at + 12, true)).map((at) => {
    const auxiliary = { offset: at + view.getUint32(at + 8, true), info: view.getUint16(at + 2, true) }
    const versions = records(auxiliary, (each) => view.getUint32(each + 12, true)).map((each) =>
      text(section.link, view.getUint32(each + 8, true)),
    )
    return { library: text(section.link, view.getUint32(at + 4, true)), versions }
  })
}

/** The places of as many chained records as `info` says; `next` answers how far the next one is. */
function records({ offset, info }: Pick<Section, 'offset' | 'info'>, next: (at: number) => number): readonly number[] {
  const places: number[] = []
  for (let at = offset; places.length < info; at += next(at)) places.push(at)
  return places
}

function readSymbols(elf: Elf, section: Section, versions: ReadonlyMap<number, string>): readonly ElfSymbol[] {
  const { view, text } = elf
  const table = elf.sections.find(({ type }) => type === versionsOfSymbols)
  const symbols: ElfSymbol[] = []
  for (let index = 1; index < section.bytes / symbolBytes; index++) {
    const at = section.offset + index * symbolBytes
    const place = view.getUint16(at + 6, true)
    const number = table ? view.getUint16(table.offset + 2 * index, true) : 1
    const name = text(section.link, view.getUint32(at, true))
    // Places from 0xff00 on are no sections: absolute ones are the names of versions themselves.
    if (place === 0 || place >= 0xff00) continue
    const version = versions.get(number & 0x7fff)
    const type = view.getUint8(at + 4) & 15
    const bytes = Number(view.getBigUint64(at + 16, true))
    symbols.push({ name, version, isDefault: (number & 0x8000) === 0, type, bytes })
  }
  return symbols
}
