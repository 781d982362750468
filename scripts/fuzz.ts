// npm run fuzz [-- --examples N --damaged N --seed N]: bytes at a real listener, then requests made up from the OpenAPI document.
import { parseArgs } from 'node:util'
import { fuzzApi } from '../test/clients/fuzz-api.ts'
import { pythonEnvironment } from '../test/clients/python-environment.ts'
import { startEdgeServer } from '../test/edge/edge-server.ts'
import { edgeCases, runCases, runDamaged, runDepartures, runSplits } from '../test/edge/fuzz-edge.ts'
import { growthOf } from '../test/holdings.ts'

const { values } = parseArgs({
  options: {
    examples: { type: 'string', default: '1000' },
    damaged: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
  },
})
const [maxExamples = 0, damaged = 0, seed = 0] = [values.examples, values.damaged, values.seed].map(Number)
if (!(maxExamples >= 0) || !(damaged >= 0) || !Number.isInteger(seed)) {
  console.error('--examples and --damaged take a number, 0 for none of them; --seed takes a whole number.')
  process.exit(2)
}
const problems = [...(await fuzzEdge()), ...(maxExamples > 0 ? await fuzzDocument() : [])]
for (const problem of problems) console.log(`PROBLEM ${problem}`)
process.exit(problems.length === 0 ? 0 : 1)

async function fuzzEdge(): Promise<readonly string[]> {
  await using server = await startEdgeServer()
  const run = async (count: number) => [
    ...(await runCases(server.port, edgeCases)),
    ...(await runSplits(server.port)),
    ...(await runDamaged(server.port, { first: seed, count })),
    ...(await runDepartures(server.port, 600)),
  ]
  const found = await run(1000)
  const before = await server.settled()
  found.push(...(await run(damaged)))
  const after = await server.settled()
  console.log(`held before ${damaged} damaged requests and all cases, and after: ${JSON.stringify([before, after])}`)
  return [...found, ...growthOf(before, after)]
}

async function fuzzDocument(): Promise<readonly string[]> {
  const python = await pythonEnvironment('openai')
  if (!python) return ['schemathesis needs Python 3.11 or newer, with the module venv.']
  const found: string[] = []
  for (const access of ['open', 'with key', 'without key'] as const) {
    const size = access === 'open' ? maxExamples : Math.ceil(maxExamples / 20)
    const call = { python, maxExamples: size, seed, access, isStateful: true, timeoutMilliseconds: 24 * 3600 * 1000 }
    const report = await fuzzApi(call)
    console.log(report.output)
    const lines = [...report.statuses].flatMap(([route, statuses]) =>
      [...statuses].map(([status, count]) => `${String(count).padStart(8)}  ${status}  ${route}`),
    )
    for (const line of lines.sort()) console.log(line)
    found.push(...report.problems, ...(report.code === 0 ? [] : [`schemathesis has found something (${access})`]))
  }
  return found
}
