import { basename } from 'node:path'
import { isGroup } from '../core/is-group.ts'
import { isSameValue } from '../core/same-value.ts'
import { type Config, listKeys } from './config.ts'
import { isOptionKey, optionKeys, optionRow } from './options.ts'

/** One key of the configuration that is another one than before. */
export interface ConfigChange {
  /** Of an option, or of a list like `models`. */
  readonly key: keyof Config
  /** Whether it takes effect while the server runs. */
  readonly isLive: boolean
  /** `info → debug`, or of a list the names of what is new, gone and changed. Holds no value of a list, since headers are secrets. */
  readonly text: string
}

/** What is not the same in both, in the order of the table. Pure. */
export function changesOf(before: Config, after: Config): readonly ConfigChange[] {
  const options = optionKeys.flatMap((key): ConfigChange[] =>
    isSameValue(before[key], after[key])
      ? []
      : [{ key, isLive: isLive(key), text: `${valueText(before[key])} → ${valueText(after[key])}` }],
  )
  const lists = listKeys.flatMap((key): ConfigChange[] =>
    isSameValue(before[key], after[key]) ? [] : [{ key, isLive: true, text: listText(key, before[key], after[key]) }],
  )
  return [...options, ...lists]
}

/**
 * What is wanted, as far as it can take effect while the server runs; the rest stays as it is. What says the same as before is
 * the same object. Pure.
 */
export function liveOf(running: Config, wanted: Config): Config {
  const keys = [...optionKeys, ...listKeys]
  const values = keys.flatMap((key) => {
    const isKept = isSameValue(running[key], wanted[key]) || !isLive(key)
    const value = isKept ? running[key] : wanted[key]
    return value === undefined ? [] : [[key, value]]
  })
  return Object.freeze(Object.fromEntries(values)) as unknown as Config
}

/** Lists of groups are all followed. */
const isLive = (key: keyof Config) => !isOptionKey(key) || optionRow(key).isLive === true

const mostShown = 80

function valueText(value: unknown): string {
  if (value === undefined || value === '') return 'none'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  // Addresses may have a user and a password in them.
  const safe = text.replaceAll(/(?<=\/\/)[^/@\s]+@/g, '…@')
  return safe.length > mostShown ? `${safe.slice(0, mostShown)}…` : safe
}

type ListKey = (typeof listKeys)[number]

function listText(key: ListKey, before: readonly unknown[], after: readonly unknown[]): string {
  const [was, is] = [byName(key, before), byName(key, after)]
  const added = [...is.keys()].filter((name) => !was.has(name))
  const gone = [...was.keys()].filter((name) => !is.has(name))
  const changed = [...is].flatMap(([name, entry]) => {
    const old = was.get(name)
    return old === undefined || isSameValue(old, entry) ? [] : [`${name} (${changedKeys(old, entry).join(', ')})`]
  })
  const parts = [
    ...(added.length > 0 ? [`new: ${added.join(', ')}`] : []),
    ...(gone.length > 0 ? [`gone: ${gone.join(', ')}`] : []),
    ...(changed.length > 0 ? [`changed: ${changed.join(', ')}`] : []),
  ]
  return parts.join('; ') || 'another order'
}

const nameKeys = { models: 'id', catalog: 'id', providers: 'name', fallbacks: 'model' } as const

/** Entries by what people call them. */
function byName(key: ListKey, list: readonly unknown[]): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  return new Map(
    list.filter(isGroup).map((entry, index) => {
      const { [nameKeys[key]]: name, path } = entry
      return [`${name ?? (typeof path === 'string' ? basename(path) : index + 1)}`, entry]
    }),
  )
}

const changedKeys = (before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>) =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => !isSameValue(before[key], after[key]))
