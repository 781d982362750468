import { readdirSync, readFileSync } from 'node:fs'

/** Process ids of the children of a process, theirs included. Linux only. */
export function descendants(processId: number): readonly number[] {
  const parents = new Map(
    readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [readParent(Number(name))] : [])),
  )
  const below = (parent: number): number[] =>
    [...parents].flatMap(([child, its]) => (its === parent ? [child, ...below(child)] : []))
  return below(processId)
}

/** Those of them that run a model; one that only asks the native libraries what they are does not. Linux only. */
export function modelProcesses(processId: number): readonly number[] {
  return descendants(processId).filter((id) => {
    const command = readCommand(id)
    return command.includes('runtime') && !command.includes('--probe')
  })
}

/** Whether the process runs; one that has ended and that nobody has asked about does not. */
export function isRunning(processId: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${processId}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Resolves when none of the processes runs any more. Rejects after the patience, in milliseconds, with those that do. */
export async function untilGone(processIds: readonly number[], patience: number): Promise<void> {
  const deadline = performance.now() + patience
  // The system tells nobody but its parent that a process has ended, so there is no event to wait for.
  for (;;) {
    const left = processIds.filter(isRunning)
    if (left.length === 0) return
    if (performance.now() > deadline) throw new Error(`Still running: ${left.join(', ')}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function readCommand(processId: number): readonly string[] {
  try {
    return readFileSync(`/proc/${processId}/cmdline`, 'utf8').split('\0')
  } catch {
    return [] // it has ended meanwhile
  }
}

function readParent(processId: number): readonly [child: number, parent: number] {
  try {
    const [, parent] = /\) \S (\d+)/.exec(readFileSync(`/proc/${processId}/stat`, 'utf8')) ?? []
    return [processId, Number(parent)]
  } catch {
    return [processId, 0] // it has ended meanwhile
  }
}
