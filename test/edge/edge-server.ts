import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectFolder } from '../../scripts/project-folder.ts'
import { type Hearth, type StartOptions, startHearth } from '../start-hearth.ts'
import type { Holdings } from './holdings.ts'

/** A server in a process of its own, without a model: what is looked at stands before models. */
export interface EdgeServer extends AsyncDisposable {
  readonly port: number
  readonly processId: number
  /** Everything that it has written so far. */
  log(): string
  /** What it holds once it has collected its garbage. Linux only. */
  settled(): Promise<Holdings>
}

/** How long a server may take to notice that connections are gone, in milliseconds. */
const noticeMilliseconds = 10_000

/** Starts `hearth serve` from source. Rejects with its log where it does not start. */
export async function startEdgeServer(options: Pick<StartOptions, 'flags'> = {}): Promise<EdgeServer> {
  const modelsFolder = mkdtempSync(join(tmpdir(), 'hearth-no-models-'))
  const preload = join(import.meta.dirname, 'collect-when-asked.ts')
  const hearth = await startHearth({
    modelsFolder,
    by: { command: [process.execPath, '--preload', preload, join(projectFolder, 'src', 'main.ts')] },
    flags: ['--no-auto-pull', '--host', '127.0.0.1', ...(options.flags ?? [])],
  })
  return {
    port: Number(new URL(hearth.url).port),
    processId: hearth.processId,
    log: hearth.log,
    settled: () => settle(hearth),
    async [Symbol.asyncDispose]() {
      await hearth.stop()
      rmSync(modelsFolder, { recursive: true, force: true })
    },
  }
}

async function settle({ processId, log }: Hearth): Promise<Holdings> {
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
