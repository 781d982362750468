// npm run prove [-- --count N]: random schemas and forced calls on a real model; every answer must validate.
import { parseArgs } from 'node:util'
import { realEntry, realRuntime } from '../test/models/real-runtime.ts'
import { realModels } from '../test/real-models.ts'
import { type AnswerReport, randomCalls, randomFormats } from './prove/random-answers.ts'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    'max-tokens': { type: 'string', default: '120' },
  },
})
const [count = 0, seed = 0, maxTokens = 0] = [values.count, values.seed, values['max-tokens']].map(Number)
const entry = await realEntry({ path: (await realModels()).chat, kind: 'chat', load: { contextSize: 4096 } })
await using model = await realRuntime().load(entry, { signal: new AbortController().signal })
let failures = 0
for (const [name, run] of Object.entries({ 'random schemas': randomFormats, 'forced calls': randomCalls })) {
  const startedAt = performance.now()
  const report: AnswerReport = await run({ model, count, seed, maxTokens })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const { valid, closed, refused, forcedTokens, tokens, problems } = report
  console.log(
    `${name}: ${valid} valid in ${seconds} s (${closed} closed at the limit, ${refused} refused as too long); ` +
      `${forcedTokens} of ${tokens} tokens forced`,
  )
  for (const problem of problems) console.log(`PROBLEM ${problem}`)
  failures += problems.length
}
process.exitCode = failures > 0 ? 1 : 0
