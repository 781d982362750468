import { resolve } from 'node:path'
import { projectFolder } from '../project-folder.ts'
import { type BuildArguments, readBuildArguments, usage, WrongArguments } from './build-arguments.ts'
import { type Outcome, reportOf } from './build-report.ts'
import { buildTarget, TooLarge } from './build-target.ts'
import { MissingLicence } from './dist/component.ts'
import { DistributionError } from './dist/distribution-error.ts'
import { writeDistribution } from './dist/write-distribution.ts'
import { FolderProblem, folderProblem } from './folder-problem.ts'
import { MissingPackage, UnreachablePackage } from './packages.ts'
import { UnknownRuntime } from './patch-runtime.ts'
import { ownTarget, type Target } from './targets.ts'

/** Builds what the command line asks for, one after the other; answers the exit code. */
async function main(): Promise<number> {
  const wanted = readBuildArguments(process.argv.slice(2), ownTarget())
  if (wanted === 'help') {
    console.log(usage)
    return 0
  }
  const outcomes: Outcome[] = []
  for (const target of wanted.targets) outcomes.push(await outcomeOf(target, wanted))
  const built = outcomes.flatMap((outcome) => ('built' in outcome ? [outcome.built] : []))
  console.log(reportOf(outcomes))
  if (built.length > 0) await writeDistribution(built, wanted)
  return built.length === outcomes.length ? 0 : 1
}

const kindsForPeople = [MissingPackage, UnreachablePackage, UnknownRuntime, TooLarge, MissingLicence, FolderProblem]

async function outcomeOf(target: Target, wanted: BuildArguments): Promise<Outcome> {
  const start = performance.now()
  try {
    const built = await buildTarget(target, { ...wanted, onNote: (line) => console.log(`${target.name}: ${line}`) })
    return { target, built, seconds: (performance.now() - start) / 1000 }
  } catch (error) {
    const problem = folderProblem(error, resolve(projectFolder, wanted.folder))
    const isForPeople = kindsForPeople.some((kind) => problem instanceof kind)
    if (!isForPeople) console.error(`${target.name} could not be built:`, problem)
    return { target, problem }
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  if (error instanceof WrongArguments) console.error(`${error.message}\n\n${usage}`)
  else console.error(error instanceof DistributionError ? error.message : error)
  process.exitCode = error instanceof WrongArguments ? 2 : 1
}
