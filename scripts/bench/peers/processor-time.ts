import { readFileSync } from 'node:fs'
import { descendants } from '../../../test/processes.ts'

/** Clock ticks a second on Linux, as /proc counts them. */
const ticksPerSecond = 100

/** Milliseconds of processor time that a process and its children have used so far, in steps of 10. Linux only. */
export const processorMilliseconds = (processId: number): number =>
  [processId, ...descendants(processId)].reduce((sum, one) => sum + ownMilliseconds(one), 0)

function ownMilliseconds(processId: number): number {
  try {
    const fields = readFileSync(`/proc/${processId}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond
  } catch {
    return 0 // it has ended meanwhile
  }
}
