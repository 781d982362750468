// npm run fuzz [-- --examples N --seed N]: requests made up from the OpenAPI document, against the routes over a fake model.
import { parseArgs } from 'node:util'
import { fuzzApi } from '../test/clients/fuzz-api.ts'
import { pythonEnvironment } from '../test/clients/python-environment.ts'

const { values } = parseArgs({
  options: { examples: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
})
const [maxExamples = 0, seed = 0] = [values.examples, values.seed].map(Number)
if (!(maxExamples > 0) || !Number.isInteger(seed)) {
  console.error('--examples takes a number above 0, --seed a whole number.')
  process.exit(2)
}
const python = await pythonEnvironment('openai')
if (!python) {
  console.error('schemathesis needs Python 3.11 or newer, with the module venv.')
  process.exit(2)
}
const report = await fuzzApi({ python, maxExamples, seed, timeoutMilliseconds: 24 * 3600 * 1000 })
console.log(report.output)
const lines = [...report.statuses].flatMap(([route, statuses]) =>
  [...statuses].map(([status, count]) => `${String(count).padStart(8)}  ${status}  ${route}`),
)
for (const line of lines.filter((line) => line.includes(' /v1/')).sort()) console.log(line)
for (const problem of report.problems) console.log(`PROBLEM ${problem}`)
process.exit(report.code === 0 && report.problems.length === 0 ? 0 : 1)
