import type { Check } from './check.ts'
import { checkLibraries, checkNativeFolder } from './check-libraries.ts'
import { checkDisk, checkMachine } from './check-machine.ts'
import { checkModels } from './check-models.ts'
import { checkServer } from './check-server.ts'
import type { DoctorFacts } from './facts.ts'

/** Everything that is said of a set-up, in the order in which people read it; `version` is this program's. Pure. */
export function runChecks(facts: DoctorFacts, version: string): readonly Check[] {
  return [
    ...checkNativeFolder(facts),
    ...checkLibraries(facts),
    ...checkMachine(facts),
    ...checkModels(facts),
    ...checkDisk(facts),
    ...checkServer(facts, version),
  ]
}
