import { type Built, megabytes } from './build-target.ts'
import { MissingPackage } from './packages.ts'
import type { Target } from './targets.ts'

/** What came of one target. */
export type Outcome =
  | { readonly target: Target; readonly built: Built; readonly seconds: number }
  | { readonly target: Target; readonly problem: unknown }

/** A table for people: what was built and what was not, why, and what to type to have it after all. Pure. */
export function reportOf(outcomes: readonly Outcome[]): string {
  const width = Math.max(...outcomes.map(({ target }) => target.name.length))
  const lines = outcomes.flatMap((outcome) => linesOf(outcome).map((line, index) => pad(line, index, outcome, width)))
  return [...lines, ...remedies(outcomes)].join('\n')
}

const pad = (line: string, index: number, { target }: Outcome, width: number) =>
  `${(index === 0 ? target.name : '').padEnd(width)}  ${line}`

function linesOf(outcome: Outcome): readonly string[] {
  if (!('built' in outcome)) return [`not built: ${messageOf(outcome.problem)}`]
  const { output, bytes, missing } = outcome.built
  const size = megabytes(bytes).padStart(9)
  const seconds = `${outcome.seconds.toFixed(1)} s`.padStart(7)
  return [`${size}  ${seconds}  ${output}`, ...missing.map((line) => `           without ${line}`)]
}

const messageOf = (problem: unknown) => (problem instanceof Error ? problem.message : String(problem))

/** One command for each version that would do. */
function remedies(outcomes: readonly Outcome[]): readonly string[] {
  const byVersion = new Map<string, string[]>()
  for (const outcome of outcomes) {
    if (!('problem' in outcome) || !(outcome.problem instanceof MissingPackage)) continue
    const { newest, package: wanted } = outcome.problem
    if (!newest || !wanted.name.startsWith('@node-llama-cpp/')) continue
    byVersion.set(newest, [...(byVersion.get(newest) ?? []), outcome.target.name])
  }
  return [...byVersion].map(
    ([version, names]) => `With the libraries of ${version}: npm run build -- --native ${version} ${names.join(' ')}`,
  )
}
