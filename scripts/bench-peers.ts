// npm run bench-peers [-- --llama-server FILE --executable FILE --rounds N --cases a,b --models FOLDER --json FILE --force]:
// Hearth beside llama-server of the same llama.cpp release, on this machine, in one run, as Markdown.
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { makeModelsFolder, realModels } from '../test/real-models.ts'
import { describeMachine } from './bench/machine.ts'
import type { CaseResult } from './bench/peers/benchmark.ts'
import { demandCases, FlagProblem, isChosen, type PeerBenchmark, readFlags } from './bench/peers/flags.ts'
import { peerGroups } from './bench/peers/groups.ts'
import { renderGroup, renderVerdict } from './bench/peers/peer-table.ts'
import { processorMilliseconds } from './bench/peers/processor-time.ts'
import { BusyMachine, untilQuiet } from './bench/peers/quiet.ts'
import { runGroup } from './bench/peers/run-group.ts'
import { type Finding, findings } from './bench/peers/statistics.ts'
import { cacheFolder } from './project-folder.ts'

try {
  const defaultServer = join(cacheFolder, 'llama-server', 'bin', 'llama-server')
  await benchmark(readFlags(process.argv.slice(2), { environment: process.env, defaultServer }))
} catch (error) {
  if (!(error instanceof FlagProblem || error instanceof BusyMachine)) throw error
  console.error(error.message)
  process.exit(error instanceof FlagProblem ? 2 : 1)
}

async function benchmark(options: PeerBenchmark): Promise<void> {
  if (options.modelsFolder) process.env.HEARTH_TEST_MODELS = options.modelsFolder
  const models = await realModels()
  if (options.modelsFolder && dirname(models.chat) !== options.modelsFolder) {
    throw new FlagProblem(`--models: ${options.modelsFolder} does not have both of the default models.`)
  }
  using folder = await makeModelsFolder()
  const groups = peerGroups({
    llamaServer: options.llamaServer,
    executable: options.executable,
    modelsFolder: folder.path,
    models,
    threads: availableParallelism(),
  })
  demandCases(
    options.cases,
    groups.flatMap(({ cases }) => cases.map(({ id }) => id)),
  )
  const source = options.executable ?? 'from source'
  console.log(`${describeMachine()}; Hearth ${source}; ${options.rounds} pairs of each case, medians\n`)
  const all: CaseResult[] = []
  const found: Finding[] = []
  for (const group of groups) {
    if (!group.cases.some(({ id }) => isChosen(options.cases, id))) continue
    const doubts: string[] = []
    const results = await runGroup(group, {
      rounds: options.rounds,
      isChosen: (id) => isChosen(options.cases, id),
      untilQuiet: options.force ? async () => {} : untilQuiet,
      processorMilliseconds,
      onProgress: (line) => console.error(line),
      onDoubt: (line) => {
        console.error(`DOUBT ${line}`)
        doubts.push(line)
      },
    })
    console.log(`${renderGroup(group, results)}\n`)
    for (const doubt of doubts) console.log(`- In doubt: ${doubt}`)
    all.push(...results)
    found.push(...results.flatMap((result) => group.comparisons.flatMap((comparison) => findings(result, comparison))))
    if (options.json) writeFileSync(options.json, `${JSON.stringify(all, null, 1)}\n`)
  }
  console.log(`\n${renderVerdict(found)}`)
}
