import { join, resolve } from 'node:path'
import type { CatalogEntry } from '../catalog/catalog-entry.ts'
import type { ModelLog } from '../model-log.ts'
import type { CheckModel } from './check-model.ts'
import { type Ranges, usualRanges } from './download.ts'
import type { Environment } from './environment.ts'
import { fetchTarget, type PullStep, type TargetResult } from './fetch-target.ts'
import { type Patience, usualPatience } from './patience.ts'
import { ProgressMeter, type PullProgress } from './progress-meter.ts'
import { type JobCall, SharedJobs } from './shared-jobs.ts'
import { targetOfEntry } from './target-of-entry.ts'

export interface PullCall {
  readonly entry: CatalogEntry
  /** Made if it is not there. */
  readonly modelsDir: string
  /** HF_ENDPOINT, HF_TOKEN, the proxy variables, and what pip reads. */
  readonly environment: Environment
  readonly signal: AbortSignal
  readonly log: ModelLog
  readonly onProgress?: (progress: PullProgress) => void
  /** Absent: 10 s for the first answer, 30 s without a byte, seven attempts. */
  readonly patience?: Patience
  /** Absent: four ranges at once for what has 64 MiB or more. */
  readonly ranges?: Ranges
  readonly checkModel?: CheckModel
}

export type PullResult = TargetResult

const pulls = new SharedJobs<PullResult, PullProgress>()

/**
 * Fetches a model of the catalog into the models folder, as `fetchTarget` does. Pulls of the same file are one, also across
 * processes: within one they share its progress, too.
 */
export async function pull(call: PullCall): Promise<PullResult> {
  const path = join(resolve(call.modelsDir), call.entry.file)
  const onEvent = (progress: PullProgress) => call.onProgress?.(progress)
  return pulls.run(path, { signal: call.signal, onEvent }, (job) => pullAlone(call, job))
}

function pullAlone(call: PullCall, job: JobCall<PullProgress>): Promise<PullResult> {
  const meter = new ProgressMeter()
  let step: PullStep = 'download'
  return fetchTarget({
    ...call,
    target: targetOfEntry(call.entry, call.environment),
    patience: call.patience ?? usualPatience,
    ranges: call.ranges ?? usualRanges,
    signal: job.signal,
    onStep: (next) => {
      step = next
    },
    onBytes: (_, done, total) => job.onEvent({ model: call.entry.id, step, ...meter.measure(done, total) }),
  })
}
