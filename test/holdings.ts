import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from '../scripts/project-folder.ts'
import type { Hearth } from './start-hearth.ts'

/** The program from source, which collects its garbage when it is told to: what `startHearth` may start. */
export const collectingProgram = {
  command: [
    process.execPath,
    '--preload',
    join(import.meta.dirname, 'collect-when-asked.ts'),
    join(projectFolder, 'src', 'main.ts'),
  ],
} as const

/** How long a server may take to notice that connections are gone, in milliseconds. */
const noticeMilliseconds = 10_000

/** What a server holds once it has collected its garbage. */
export interface Holdings {
  /** Resident, in MiB. */
  readonly megabytes: number
  /** On the garbage collector's heap. */
  readonly objects: number
  /** Files, pipes and connections that are open. */
  readonly files: number
}

/** What may come on top and is no leak: caches that fill, pages that the allocator keeps. */
const allowed: Holdings = { megabytes: 24, objects: 4000, files: 2 }

/** What a server has more of than before, in words; empty where that is nothing. */
export function growthOf(before: Holdings, after: Holdings): readonly string[] {
  return (['megabytes', 'objects', 'files'] as const)
    .filter((key) => after[key] - before[key] > allowed[key])
    .map((key) => `${key}: ${Math.round(before[key])} before, ${Math.round(after[key])} after`)
}

/** What it holds once it has collected its garbage and no connection is left. It must be a `collectingProgram`. Linux only. */
export async function settle({ processId, log }: Hearth): Promise<Holdings> {
  await untilNoConnections(processId)
  const before = countOf(log(), /collected /g)
  process.kill(processId, 'SIGUSR2')
  const deadline = performance.now() + noticeMilliseconds
  while (countOf(log(), /collected \{.*\}\n/g) === before) {
    if (performance.now() > deadline) throw new Error('The server did not collect its garbage')
    await moment()
  }
  const [, objects] = [...log().matchAll(/collected \{"objects":(\d+)\}/g)].at(-1) ?? []
  const [, kibibytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${processId}/status`, 'utf8')) ?? []
  return { megabytes: Number(kibibytes) / 1024, objects: Number(objects), files: openFiles(processId) }
}

/** The system tells nobody but the server that a connection has ended, so there is no event to wait for. */
async function untilNoConnections(processId: number): Promise<void> {
  const deadline = performance.now() + noticeMilliseconds
  let before = openFiles(processId)
  for (let same = 0; same < 5 && performance.now() < deadline; ) {
    await moment()
    const now = openFiles(processId)
    same = now === before ? same + 1 : 0
    before = now
  }
}

const openFiles = (processId: number) => readdirSync(`/proc/${processId}/fd`).length
const countOf = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0
const moment = () => new Promise((resolve) => setTimeout(resolve, 40))
