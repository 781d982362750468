import type { TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { expected, found } from './expected.ts'
import { nearestName } from './nearest-name.ts'
import { environmentName, flagName, isOptionKey, type OptionKey, optionKeys, optionRow } from './options.ts'
import type { ConfigProblem } from './problem.ts'

/** Values of options that came as texts, from the command line or from the environment. */
export interface TextLayer {
  readonly values: ReadonlyMap<OptionKey, unknown>
  readonly problems: readonly ConfigProblem[]
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

/** Reads the variables that begin with HEARTH_. An empty one counts as unset, unless emptiness means something. */
export function readVariables(
  variables: Readonly<Record<string, string>>,
  { others, separator }: VariableRules,
): TextLayer {
  const known = new Map(optionKeys.map((key) => [environmentName(key), key]))
  const alsoKnown = new Map(
    optionKeys.flatMap((key) => (optionRow(key).otherVariables ?? []).map((name) => [name, key])),
  )
  const ours = Object.entries(variables).filter(([name]) => name.startsWith('HEARTH_') && !others.includes(name))
  const isOurs = (key: OptionKey) => variables[environmentName(key)]
  const shared = Object.entries(variables).filter(([name]) => {
    const key = alsoKnown.get(name)
    return key !== undefined && !isOurs(key)
  })
  return readLayer([...shared, ...ours], {
    show: (name) => name,
    keyOf: (name) => known.get(name) ?? alsoKnown.get(name),
    unknown: (name) => unknownName('variable', name, { known: [...known.keys(), ...others], show: (near) => near }),
    isEmptyUnset: true,
    separator,
  })
}

interface LayerRules {
  readonly show: (name: string) => string
  readonly keyOf: (name: string) => OptionKey | undefined
  readonly unknown: (name: string) => string
  readonly isEmptyUnset: boolean
  readonly separator: string
}

function readLayer(entries: readonly (readonly [string, string])[], rules: LayerRules): TextLayer {
  const values = new Map<OptionKey, unknown>()
  const problems: ConfigProblem[] = []
  for (const [name, text] of entries) {
    const key = rules.keyOf(name)
    if (!key) {
      problems.push({ path: rules.show(name), message: rules.unknown(name) })
      continue
    }
    const row = optionRow(key)
    if (text === '' && rules.isEmptyUnset && !row.emptyMeansNone) continue
    const value =
      row.schema.type === 'array' ? listFrom(text, row.separator ?? rules.separator) : valueFrom(text, row.schema)
    if (Value.Check(row.schema, value)) values.set(key, value)
    else problems.push({ path: rules.show(name), message: `found ${found(value)}, expected ${expected(row.schema)}` })
  }
  return { values, problems }
}

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
