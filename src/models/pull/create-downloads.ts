import type { CatalogEntry } from '../catalog/catalog-entry.ts'
import type { Downloads } from '../downloads.ts'
import type { ModelLog } from '../model-log.ts'
import { entryNamed } from './catalog-check.ts'
import type { Environment } from './environment.ts'
import { DownloadJobs } from './jobs/download-jobs.ts'
import { HubFetcher } from './hub-fetcher.ts'
import { type Patience, usualPatience } from './patience.ts'

export interface DownloadsOptions {
  /** Absolute; made when something is fetched. */
  readonly modelsDir: string
  readonly catalog: readonly CatalogEntry[]
  /** HF_ENDPOINT, HF_TOKEN, the proxy variables, and what pip reads. */
  readonly environment: Environment
  readonly log: ModelLog
  /** Absent: 10 s for the first answer, 30 s without a byte, five attempts. */
  readonly patience?: Patience
}

/** The downloads into a models folder: those that earlier processes left unfinished are in the list, paused. */
export function createDownloads({ patience = usualPatience, ...options }: DownloadsOptions): Promise<Downloads> {
  return DownloadJobs.open({
    modelsDir: options.modelsDir,
    log: options.log,
    fetcher: new HubFetcher({ ...options, patience }),
    check: (reference) => {
      if (reference.type === 'catalog') entryNamed(options.catalog, reference.id)
    },
  })
}
