import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { isGroup } from '../core/is-group.ts'
import type { ValuePath } from './check-value.ts'
import { found } from './expected.ts'
import type { ConfigProblem } from './problem.ts'

/** The text of a configuration file, and the absolute path that it came from. */
export interface ConfigFile {
  readonly path: string
  readonly text: string
}

/** A file taken apart: what it says, and where it says it. */
export interface ParsedFile {
  /** Empty when the text is not YAML or not a group of keys; `problems` say so then. */
  readonly values: Readonly<Record<string, unknown>>
  readonly problems: readonly ConfigProblem[]
  /** Place of the value at the path, of its key, or of the nearest thing around it that stands in the text. */
  placeOf(path: ValuePath, aboutKey?: boolean): NonNullable<ConfigProblem['place']>
}

/** Reads YAML 1.2 with merge keys. Duplicate keys, unknown tags and second documents are problems like syntax errors. */
export function parseFile({ path: file, text }: ConfigFile): ParsedFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true, logLevel: 'error' })
  const placeAt = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const errors = [...document.errors, ...document.warnings]
  // Of a text that never ends its lists the library says the same of each, at one place.
  const told = [...new Map(errors.map((error) => [`${error.pos[0]} ${error.message}`, error])).values()]
  const problems: ConfigProblem[] = told.map(({ code, message, pos }) => ({
    path: '',
    place: placeAt(pos[0]),
    message: (sayings[code] ?? unfinished)(message, keyAt(text, pos[0])),
  }))
  // Where only a key is repeated, everything else can still be told what is wrong with it.
  const { value, problem } = errors.every(({ code }) => code === 'DUPLICATE_KEY') ? plainValue(document) : {}
  if (problem) problems.push({ path: '', place: placeAt(0), message: problem })
  return {
    values: isGroup(value) ? value : {},
    problems,
    placeOf: (path, aboutKey = false) => placeAt(offsetOf(document, path, aboutKey)),
  }
}

function plainValue(document: Document): { value?: unknown; problem?: string } {
  try {
    const value: unknown = document.toJS()
    if (value === null || value === undefined || isGroup(value)) return { value }
    return { problem: `found ${found(value)}, expected keys with values, a line each, like 'port: 8080'` }
  } catch (error) {
    // The library refuses aliases that would grow without end.
    return { problem: unfinished((error as Error).message) }
  }
}

const keyAt = (text: string, offset: number) => /^[^\s:]+/.exec(text.slice(offset))?.[0] ?? ''

/** What the library says for programmers, said for people. */
const sayings: Readonly<Record<string, (message: string, key: string) => string>> = {
  DUPLICATE_KEY: (_, key) => `the key '${key}' stands here a second time`,
  MULTIPLE_DOCS: () => "a second document begins here; take the line '---' away",
}

const unfinished = (sentence: string) =>
  sentence.startsWith('Maximum call stack') ? 'there are too many groups within groups' : sentence.replace(/\.$/, '')

/** Walks down the tree as far as the path can be followed. */
function offsetOf(document: Document, path: ValuePath, aboutKey: boolean): number {
  let node = document.contents as Node | null
  let offset = startOf(node) ?? 0
  for (const [depth, step] of path.entries()) {
    const whole = isAlias(node) ? node.resolve(document) : node
    if (isMap(whole)) {
      const pair = whole.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(step))
      if (!pair) return offset
      const isLast = depth === path.length - 1
      offset = (isLast && aboutKey ? startOf(pair.key) : (startOf(pair.value) ?? startOf(pair.key))) ?? offset
      node = isNode(pair.value) ? pair.value : null
    } else if (isSeq(whole)) {
      node = (whole.items[Number(step)] as Node | undefined) ?? null
      offset = startOf(node) ?? offset
    } else return offset
  }
  return offset
}

const startOf = (node: unknown): number | undefined => (isNode(node) && node.range ? node.range[0] : undefined)
