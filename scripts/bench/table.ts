import type { Sample } from './measure.ts'

/** A Markdown table: of each number the median over all rounds, and its lowest and highest value. */
export function renderTable(rounds: readonly (readonly Sample[])[]): string {
  const rows = (rounds[0] ?? []).map(({ name, unit }, index) => {
    const values = rounds.map((round) => round[index]?.value ?? Number.NaN).toSorted((a, b) => a - b)
    const [lowest = 0, median = 0, highest = 0] = [values[0], values[Math.floor(values.length / 2)], values.at(-1)]
    return `| ${name} | ${`${round(median)} ${unit}`.trim()} | ${round(lowest)} to ${round(highest)} |`
  })
  return ['| what | median | lowest to highest |', '| --- | ---: | ---: |', ...rows].join('\n')
}

const round = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(value < 2 ? 2 : 1))
