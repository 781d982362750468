/** How much of one file was run. */
export interface FileCoverage {
  readonly path: string
  /** Lines with something to run. */
  readonly lines: number
  readonly ran: number
  /** The numbers of those that were not; empty for a file that no test loads, of which none was. */
  readonly missed: readonly number[]
}

/** What a report says of a file: line number → how often it was run. */
export type LineCounts = ReadonlyMap<number, number>

/** A file of which coverage is wanted. Its lines are counted only when no test loads it. */
export interface MeasuredFile {
  readonly path: string
  countLines(): number
}

/** The share of all lines in src that must be run by the tests of the stage `unit`. */
export const leastShare = 0.9
/** How many files with the most missed lines are named. */
const namedFiles = 20

/** Reads a report in lcov's format, of which only files (`SF`) and lines (`DA`) are looked at. */
export function readLcov(text: string): ReadonlyMap<string, LineCounts> {
  const files = new Map<string, Map<number, number>>()
  let lines = new Map<number, number>()
  for (const row of text.split('\n')) {
    if (row.startsWith('SF:')) {
      const path = row.slice(3).trim().replaceAll('\\', '/')
      lines = files.get(path) ?? new Map()
      files.set(path, lines)
    }
    const [, line, count] = /^DA:(\d+),(\d+)/.exec(row) ?? []
    if (line) lines.set(Number(line), (lines.get(Number(line)) ?? 0) + Number(count))
  }
  return files
}

/** Adds up reports. A file that none of them names was not loaded by any test: all of its lines are missed. */
export function joinCoverage(
  reports: readonly ReadonlyMap<string, LineCounts>[],
  files: readonly MeasuredFile[],
): readonly FileCoverage[] {
  return files.map((file) => {
    const counts = new Map<number, number>()
    for (const report of reports)
      for (const [line, count] of report.get(file.path) ?? []) counts.set(line, (counts.get(line) ?? 0) + count)
    const isLoaded = reports.some((report) => report.has(file.path))
    if (!isLoaded) return { path: file.path, lines: file.countLines(), ran: 0, missed: [] }
    const missed = [...counts].filter(([, count]) => count === 0).map(([line]) => line)
    return {
      path: file.path,
      lines: counts.size,
      ran: counts.size - missed.length,
      missed: missed.sort((a, b) => a - b),
    }
  })
}

/** Of all lines of the files together, from 0 to 1. */
export function shareOf(files: readonly FileCoverage[]): number {
  const sum = (key: 'lines' | 'ran') => files.reduce((total, file) => total + file[key], 0)
  return sum('lines') === 0 ? 1 : sum('ran') / sum('lines')
}

/** A table of rooms, then the files with the most missed lines and which those are, then the share of all. */
export function describeCoverage(files: readonly FileCoverage[]): readonly string[] {
  const rooms = Map.groupBy(files, ({ path }) => path.split('/').slice(0, 2).join('/'))
  const inRooms = [...rooms]
    .filter(([, its]) => its.some(({ lines }) => lines > 0))
    .map(([room, its]) => `${percent(shareOf(its))}  ${room}`)
  const lowest = files
    .filter(({ lines, ran }) => ran < lines)
    .sort((a, b) => b.lines - b.ran - (a.lines - a.ran))
    .slice(0, namedFiles)
    .map((file) => `${percent(file.ran / file.lines)}  ${file.path}, not run: ${describeMissed(file)}`)
  return [...inRooms, ...lowest, `${percent(shareOf(files))}  of the lines in src`]
}

const percent = (share: number) => `${(Math.floor(share * 1000) / 10).toFixed(1).padStart(5)} %`

function describeMissed({ missed, lines, ran }: FileCoverage): string {
  if (ran === 0 && missed.length === 0) return `all ${lines} lines, no test loads it`
  const ranges: [first: number, last: number][] = []
  for (const line of missed) {
    const last = ranges.at(-1)
    if (last && line === last[1] + 1) last[1] = line
    else ranges.push([line, line])
  }
  const shown = ranges.slice(0, 8).map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`))
  return `${shown.join(', ')}${ranges.length > shown.length ? ' …' : ''}`
}
