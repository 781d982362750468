import type { CatalogEntry } from '../catalog/catalog-entry.ts'
import type { Downloads } from '../downloads.ts'
import type { ModelLog } from '../model-log.ts'
import { entryNamed } from './catalog-check.ts'
import type { CheckModel } from './check-model.ts'
import type { Ranges } from './download.ts'
import type { Environment } from './environment.ts'
import { DownloadJobs } from './jobs/download-jobs.ts'
import { type FindHere, KnownFetcher } from './known-fetcher.ts'
import { LateFetcher } from './late-fetcher.ts'
import type { Patience } from './patience.ts'

export interface DownloadsOptions {
  /** Absolute; made when something is fetched. */
  readonly modelsDir: string
  readonly catalog: readonly CatalogEntry[]
  /** HF_ENDPOINT, HF_TOKEN, the proxy variables, and what pip reads. */
  readonly environment: Environment
  readonly log: ModelLog
  /** Absent: 10 s for the first answer, 30 s without a byte, seven attempts. */
  readonly patience?: Patience
  /** Absent: four ranges at once for what has 64 MiB or more. */
  readonly ranges?: Ranges
  /** What speaks against a model, told before it is fetched, unless that is forced. Absent: nothing. */
  readonly checkModel?: CheckModel
  /** Called when something is to be fetched: what `checkModel` has to know can be found out meanwhile. */
  readonly onBegin?: () => void
  /** Models that are fetched at once; the others wait. Absent: 2. */
  readonly atOnce?: number
  /** Absent: what is in the models folder is here, and nothing else. */
  readonly findHere?: FindHere
  readonly onClose?: () => void
  readonly onDone?: () => void
}

/** The downloads into a models folder: those that earlier processes left unfinished are in the list, paused. */
export function createDownloads(options: DownloadsOptions): Promise<Downloads> {
  const fetcher = new LateFetcher(() => import('./model-fetcher.ts').then((part) => new part.WebModelFetcher(options)))
  return DownloadJobs.open({
    modelsDir: options.modelsDir,
    log: options.log,
    ...(options.onClose && { onClose: options.onClose }),
    ...(options.onDone && { onDone: options.onDone }),
    fetcher: options.findHere ? new KnownFetcher(fetcher, options.findHere) : fetcher,
    check: (reference) => {
      if (reference.type === 'catalog') entryNamed(options.catalog, reference.id)
    },
  })
}
