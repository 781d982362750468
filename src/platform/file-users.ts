import { readlinkSync } from 'node:fs'
import { namesIn } from './names-in.ts'

/**
 * Numbers of the processes that have the file open, smallest first, as far as this user may see; undefined where the system
 * does not tell: outside of Linux. Costs a look at every process.
 */
export function fileUsers(path: string): readonly number[] | undefined {
  const processes = namesIn('/proc').filter((name) => /^\d+$/.test(name))
  if (processes.length === 0) return undefined
  const hasOpen = (name: string) =>
    namesIn(`/proc/${name}/fd`).some((descriptor) => linkOf(`/proc/${name}/fd/${descriptor}`) === path)
  return processes
    .filter(hasOpen)
    .map(Number)
    .sort((left, right) => left - right)
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
