import type { TSchema } from '@sinclair/typebox'
import { environmentName, flagName, type OptionRow, optionKeys, optionRow } from '../config/options.ts'
import type { Command, Flag } from './command.ts'

/** Options of the configuration as flags, and --config. */
export const optionFlags = (keys: NonNullable<Command['takesOptions']>): Flag[] => [
  {
    name: 'config',
    value: 'FILE',
    summary: 'The configuration file. Absent: HEARTH_CONFIG, or config.yaml beside the program, or none.',
  },
  ...(keys === true ? optionKeys : keys).map((key) => toFlag(flagName(key), optionRow(key))),
]

function toFlag(name: string, row: OptionRow): Flag {
  const value = row.isPath ? (row.schema.type === 'array' ? 'PATHS' : 'PATH') : placeholder(row.schema)
  const fallback = row.default === undefined ? row.computed?.replaceAll('`', '') : `${row.default}`
  const facts = [
    ...(fallback ? [`default: ${fallback}`] : []),
    ...(row.otherVariables ? [`variables: ${environmentName(name.replaceAll('-', '_'))}, ${row.otherVariables}`] : []),
  ]
  return {
    name,
    group: row.group,
    ...(value && { value }),
    summary: `${row.description.replaceAll('`', '')}${facts.length > 0 ? ` (${facts.join('; ')})` : ''}`,
  }
}

function placeholder(schema: TSchema): string | undefined {
  if (Array.isArray(schema.anyOf)) return (schema.anyOf as TSchema[]).map(placeholder).join('|')
  if (schema.const !== undefined) return `${schema.const}`
  if (schema.type === 'boolean') return undefined
  return { integer: 'N', number: 'X' }[schema.type as string] ?? 'NAME'
}
