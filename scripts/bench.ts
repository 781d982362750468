// npm run bench [-- --executable FILE] [--rounds N] [--formats] [--overhead] [--gateway] [--starts FILE]: how fast this
// machine serves the default models, as Markdown; with --formats: what it brings that forced text is predicted; with
// --overhead: what the server costs without a model; with --gateway: what it adds to streams of providers; with --starts: how
// long an executable takes to start, with and without its libraries unpacked.
import { parseArgs } from 'node:util'
import { realEntry } from '../test/models/real-runtime.ts'
import { realModels } from '../test/real-models.ts'
import { forcedTextSamples } from './bench/forced-text.ts'
import { gatewaySamples } from './bench/gateway.ts'
import { busyShare, describeMachine } from './bench/machine.ts'
import { measure } from './bench/measure.ts'
import { overheadSamples } from './bench/overhead.ts'
import { startSamples } from './bench/starts.ts'
import { renderTable } from './bench/table.ts'

const { values } = parseArgs({
  options: {
    executable: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    formats: { type: 'boolean' },
    overhead: { type: 'boolean' },
    gateway: { type: 'boolean' },
    starts: { type: 'string' },
    force: { type: 'boolean' },
  },
})
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`--rounds must be a whole number from 1 on, not '${values.rounds}'.`)
  process.exit(2)
}
const busy = await busyShare(2000)
if (busy > 0.05 && !values.force) {
  const percent = Math.round(busy * 100)
  console.error(`The processors are ${percent} % busy with something else, so nothing measured now would be true.`)
  console.error('Stop what is running, or say --force to measure all the same.')
  process.exit(1)
}
console.log(`${describeMachine()}; ${rounds} rounds, median (lowest to highest)\n`)
const chat = values.formats && (await realEntry({ path: (await realModels()).chat, kind: 'chat' }))
const samples = []
for (let round = 0; round < rounds; round++) {
  console.error(`round ${round + 1} of ${rounds} …`)
  if (values.starts !== undefined) samples.push(await startSamples(values.starts))
  else if (values.gateway) samples.push(await gatewaySamples())
  else if (values.overhead) samples.push(await overheadSamples())
  else samples.push(await (chat ? forcedTextSamples(chat) : measure(values.executable)))
}
console.log(renderTable(samples))
