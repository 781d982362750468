import type { TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { expected, found } from './expected.ts'
import { nearestName } from './nearest-name.ts'
import {
  environmentName,
  flagName,
  isOptionKey,
  type OptionKey,
  type OptionRow,
  optionKeys,
  optionRow,
} from './options.ts'
import type { ConfigProblem } from './problem.ts'
import { isServiceLink } from './service-links.ts'
import { readShared, type SharedReading } from './shared-variables.ts'

/** Values of options that came as texts, from the command line or from the environment. */
export interface TextLayer {
  readonly values: ReadonlyMap<OptionKey, unknown>
  /** How the flag or variable is written that each of them came from. */
  readonly names: ReadonlyMap<OptionKey, string>
  readonly problems: readonly ConfigProblem[]
  /** What is left aside because it may be meant for other programs. */
  readonly notes: readonly ConfigProblem[]
}

/**
 * Reads flags. Names come without their dashes; an empty text is what `--name` alone or `--name=` gives. `separator` stands
 * between the parts of a list.
 */
export function readFlags(flags: Readonly<Record<string, string>>, separator: string): TextLayer {
  const known = new Map(optionKeys.map((key) => [flagName(key), key]))
  return readLayer(Object.entries(flags), {
    show: (name) => `--${name}`,
    keyOf: (name) => known.get(name),
    unknown: (name) => unknownName('flag', name, { known: [...known.keys()], show: (near) => `--${near}` }),
    isEmptyUnset: false,
    separator,
  })
}

/** What may stand in variables besides options, and what stands between the parts of a list. */
export interface VariableRules {
  readonly others: readonly string[]
  readonly separator: string
}

/**
 * Reads the variables that begin with HEARTH_, and those that other programs read too, which they go over. An empty one
 * counts as unset, unless emptiness means something.
 */
export function readVariables(
  variables: Readonly<Record<string, string>>,
  { others, separator }: VariableRules,
): TextLayer {
  const known = new Map(optionKeys.map((key) => [environmentName(key), key]))
  const isOurs = (name: string) =>
    name.startsWith('HEARTH_') && !others.includes(name) && !isServiceLink(name, variables)
  const ours = Object.entries(variables).filter(([name]) => isOurs(name))
  const said = new Set(ours.flatMap(([name, text]) => (text === '' ? [] : [name])))
  const shared = optionKeys.flatMap((key) => (said.has(environmentName(key)) ? [] : sharedEntries(key, variables)))
  return readLayer([...shared, ...ours], {
    show: (name) => name,
    keyOf: (name) => known.get(name),
    unknown: (name) => unknownName('variable', name, { known: [...known.keys(), ...others], show: (near) => near }),
    isEmptyUnset: true,
    separator,
  })
}

/** A variable that other programs read too, with the option that it stands for. */
type Entry = readonly [name: string, text: string, sharedFor?: OptionKey]

const sharedEntries = (key: OptionKey, variables: Readonly<Record<string, string>>): Entry[] =>
  (optionRow(key).otherVariables ?? []).flatMap((name) => {
    const text = variables[name]
    return text === undefined ? [] : [[name, text, key] as const]
  })

type Reading = SharedReading & { readonly problem?: string }

interface LayerRules {
  readonly show: (name: string) => string
  readonly keyOf: (name: string) => OptionKey | undefined
  readonly unknown: (name: string) => string
  readonly isEmptyUnset: boolean
  readonly separator: string
}

function readLayer(entries: readonly Entry[], rules: LayerRules): TextLayer {
  const layer = {
    values: new Map<OptionKey, unknown>(),
    names: new Map<OptionKey, string>(),
    problems: [] as ConfigProblem[],
    notes: [] as ConfigProblem[],
  }
  for (const [name, text, sharedFor] of entries) {
    const key = sharedFor ?? rules.keyOf(name)
    if (!key) {
      layer.problems.push({ path: rules.show(name), message: rules.unknown(name) })
      continue
    }
    const row = optionRow(key)
    if (text === '' && rules.isEmptyUnset && !row.emptyMeansNone) continue
    const read = (part: string) =>
      row.schema.type === 'array' ? listFrom(part, row.separator ?? rules.separator) : valueFrom(part, row.schema)
    const { value, problem, note }: Reading = sharedFor
      ? readShared(name, text, { key, read })
      : readOwn(read(text), row)
    if (note) layer.notes.push(note)
    else if (problem !== undefined) layer.problems.push({ path: rules.show(name), message: problem })
    else {
      layer.values.set(key, value)
      layer.names.set(key, rules.show(name))
    }
  }
  return layer
}

const readOwn = (value: unknown, { schema }: OptionRow): Reading =>
  Value.Check(schema, value) ? { value } : { problem: `found ${found(value)}, expected ${expected(schema)}` }

/** The value that a text stands for under a schema; one that breaks the schema when it stands for none. */
function valueFrom(text: string, schema: TSchema): unknown {
  const plain = text.trim().toLowerCase()
  if (schema.type === 'boolean') return switches.get(plain) ?? text
  const isText: boolean = Value.Check(schema, text)
  return !isText && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(plain) ? Number(plain) : text
}

const listFrom = (text: string, separator: string): readonly string[] =>
  text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '')

const switches = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

function unknownName(
  what: string,
  name: string,
  { known, show }: { known: readonly string[]; show: (near: string) => string },
): string {
  const key = name
    .replace(/^HEARTH_/, '')
    .toLowerCase()
    .replaceAll('-', '_')
  if (['models', 'catalog', 'providers', 'fallbacks'].includes(key)) return `'${key}' can stand in config.yaml only`
  if (isOptionKey(name)) return `there is no such ${what}; write ${show(flagName(name))}`
  const near = nearestName(name, known)
  return `there is no such ${what}${near ? `; did you mean ${show(near)}?` : ''}`
}
