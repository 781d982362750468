import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collectingProgram, type Holdings, settle } from '../holdings.ts'
import { type StartOptions, startHearth } from '../start-hearth.ts'

/** A server in a process of its own, without a model: what is looked at stands before models. */
export interface EdgeServer extends AsyncDisposable {
  readonly port: number
  readonly processId: number
  /** Everything that it has written so far. */
  log(): string
  /** What it holds once it has collected its garbage. Linux only. */
  settled(): Promise<Holdings>
}

/** Starts `hearth serve` from source. Rejects with its log where it does not start. */
export async function startEdgeServer(options: Pick<StartOptions, 'flags'> = {}): Promise<EdgeServer> {
  const modelsFolder = mkdtempSync(join(tmpdir(), 'hearth-no-models-'))
  const hearth = await startHearth({
    modelsFolder,
    by: collectingProgram,
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
