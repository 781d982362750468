import { busyShare } from '../machine.ts'

/** The largest share of all processor time that may go to something else. */
const tolerated = 0.05
const attempts = 8

/** The machine was busy with something else for too long. */
export class BusyMachine extends Error {}

/** Resolves when the machine does nothing else for a second. Rejects with `BusyMachine` when it does for several. */
export async function untilQuiet(): Promise<void> {
  let busy = 0
  for (let attempt = 0; attempt < attempts; attempt++) {
    busy = await busyShare(1000)
    if (busy <= tolerated) return
  }
  throw new BusyMachine(
    `The processors are ${Math.round(busy * 100)} % busy with something else, so nothing measured now would be true.
Stop what is running, or say --force to measure all the same.`,
  )
}
