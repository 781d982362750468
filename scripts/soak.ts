// npm run soak [-- --minutes N]: clients come and go at a real server while its processes are killed; nothing may be left.
import { parseArgs } from 'node:util'
import { soak, summary } from './soak/soak.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    clients: { type: 'string', default: '16' },
    'kill-every': { type: 'string', default: '20' },
  },
})
const numbers = [values.minutes, values.clients, values['kill-every']].map(Number)
const [minutes = 0, clients = 0, killEverySeconds = 0] = numbers
if (numbers.some((number) => !(number > 0))) {
  console.error('--minutes, --clients and --kill-every take a number above 0; --kill-every counts seconds.')
  process.exit(2)
}
const report = await soak({ seconds: minutes * 60, clients, killEverySeconds, onProgress: (line) => console.log(line) })
for (const [kind, count] of [...report.outcomes].sort()) console.log(`${String(count).padStart(6)}  ${kind}`)
console.log(summary(report.outcomes, { kills: report.kills, megabytes: report.megabytes }))
console.log(`slowest /health: ${Math.round(report.slowestHealthMilliseconds)} ms`)
console.log(`memory of the server, warm and at the end: ${report.megabytes.join(' and ')} MiB`)
for (const problem of report.problems) console.log(`PROBLEM ${problem}`)
process.exit(report.problems.length > 0 ? 1 : 0)
