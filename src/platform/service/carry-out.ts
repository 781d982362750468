import type { ServiceWorld } from './service-world.ts'
import { type ServiceStep, shellLine } from './step.ts'

/** A step that could not be done; the steps before it were. */
export interface FailedStep {
  readonly step: ServiceStep
  readonly problem: string
}

/** Does the steps of a plan one after the other, and stops at the first that fails. `onDone` hears of each that was done. */
export async function carryOut(
  steps: readonly ServiceStep[],
  { world, onDone }: { world: ServiceWorld; onDone: (step: ServiceStep) => void },
): Promise<FailedStep | undefined> {
  for (const step of steps) {
    const problem = await doOne(step, world)
    if (problem !== undefined && !(step.type === 'run' && step.mayFail)) return { step, problem }
    if (problem === undefined) onDone(step)
  }
  return undefined
}

async function doOne(step: ServiceStep, world: ServiceWorld): Promise<string | undefined> {
  if (step.type === 'run') {
    const { code, output, errors } = await world.run(step.command)
    if (code === 0) return undefined
    if (code === 127) return `there is no ${step.command[0]} on this machine`
    return (errors || output).trim() || `it ended with code ${code}`
  }
  try {
    if (step.type === 'write-file') {
      world.write(step.path, step.text, { mode: step.mode, ...(step.encoding && { encoding: step.encoding }) })
    } else world.remove(step.path)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : `${error}`
  }
}

/** What a step did, in a few words. */
export const doneLine = (step: ServiceStep): string =>
  step.type === 'run'
    ? `ran     ${shellLine(step.command)}`
    : `${step.type === 'write-file' ? 'wrote  ' : 'removed'} ${step.path}`
