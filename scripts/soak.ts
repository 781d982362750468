// npm run soak [-- --minutes N]: clients come and go at a real server while its processes are killed; nothing may be left.
import { parseArgs } from 'node:util'
import { soak, summary } from './soak/soak.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    clients: { type: 'string', default: '64' },
    'kill-every': { type: 'string', default: '60' },
    'warm-minutes': { type: 'string', default: '5' },
  },
})
const numbers = [values.minutes, values.clients, values['kill-every'], values['warm-minutes']].map(Number)
const [minutes = 0, clients = 0, killEverySeconds = 0, warmMinutes = 0] = numbers
if (numbers.some((number) => !(number > 0)) || warmMinutes >= minutes) {
  console.error(
    '--minutes, --clients, --kill-every and --warm-minutes take a number above 0; --kill-every counts seconds, and --warm-minutes must be less than --minutes.',
  )
  process.exit(2)
}
const report = await soak({
  seconds: minutes * 60,
  clients,
  killEverySeconds,
  warmSeconds: Math.round(warmMinutes * 60),
  onProgress: (line) => console.log(line),
})
for (const [kind, count] of [...report.outcomes, ...report.changes].sort())
  console.log(`${String(count).padStart(6)}  ${kind}`)
console.log(summary(report.outcomes, { kills: report.kills, megabytes: report.megabytes }))
console.log(`slowest /health: ${Math.round(report.slowestHealthMilliseconds)} ms`)
console.log(`memory of the server, warm and at the end: ${report.megabytes.join(' and ')} MiB`)
for (const problem of report.problems) console.log(`PROBLEM ${problem}`)
process.exit(report.problems.length > 0 ? 1 : 0)
