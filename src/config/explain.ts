import type { Config } from './config.ts'
import type { LoadedConfig, ValueSource } from './load.ts'

/** One value of a configuration, and how it came there. */
export interface Explanation {
  /** `port`, `models[1].n_ctx` … */
  readonly path: string
  /** `null`: absent. */
  readonly value: unknown
  readonly source: ValueSource
}

/** Every option, and everything that is set in the lists of the file. Headers of providers are not shown: they may be secrets. */
export const explain = ({ config, sources }: Pick<LoadedConfig, 'config' | 'sources'>): Explanation[] =>
  Object.entries(sources).map(([path, source]) => ({
    path,
    value: isSecret(path) ? '(not shown)' : (valueAt(config, path) ?? null),
    source,
  }))

const isSecret = (path: string): boolean => /^providers\[\d+\]\.headers\./.test(path)

/** `default`, `--port`, `HEARTH_PORT`, `/etc/hearth/config.yaml:3`. */
export function sourceText(source: ValueSource): string {
  if (source.type === 'file') return `${source.file}:${source.line}`
  return source.type === 'default' ? 'default' : source.name
}

/** A table for people: path, value and source in columns. */
export function explanationTable(rows: readonly Explanation[]): string {
  const cells = rows.map(({ path, value, source }) => [path, valueText(value), sourceText(source)] as const)
  const widest = (column: 0 | 1) => Math.max(...cells.map((row) => row[column].length))
  const [first, second] = [widest(0), Math.min(widest(1), 60)]
  return cells.map(([path, value, source]) => `${path.padEnd(first)}  ${value.padEnd(second)}  ${source}\n`).join('')
}

function valueText(value: unknown): string {
  if (value === null) return '(absent)'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function valueAt(config: Config, path: string): unknown {
  const steps = path.match(/[^.[\]]+/g) ?? []
  return steps.reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], config)
}
