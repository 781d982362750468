import { size } from '../../models/pull/human-units.ts'
import { type Check, ok, problem, warning } from './check.ts'
import type { DoctorFacts } from './facts.ts'

const gigabyte = 1e9

/** Of the release of this program: no clock that is right says less. */
const earliest = Date.UTC(2026, 0, 1)

/** Connections and files together; a busy server has one for each client. */
const comfortableOpenFiles = 1024

/** What the machine has to give. Pure. */
export function checkMachine(facts: DoctorFacts): readonly Check[] {
  return [checkQuota(facts), checkMemory(facts), checkSwap(facts), checkOpenFiles(facts), checkClock(facts)].flat()
}

function checkQuota({ system: { processor } }: DoctorFacts): readonly Check[] {
  const { quotaCores } = processor
  if (quotaCores === undefined) return []
  if (quotaCores >= 1) return [ok('cpu-quota', `The control groups allow ${round(quotaCores)} cores.`)]
  return [
    warning(
      'cpu-quota',
      `The control groups allow ${round(quotaCores)} of a core: answers stand still whenever the quota is used up.`,
      'Give the container or the service at least one whole core (docker run --cpus=1, CPUQuota=100%).',
    ),
  ]
}

function checkMemory({ system: { memory, native }, defaultModels }: DoctorFacts): readonly Check[] {
  const { availableBytes, totalBytes, limitBytes } = memory
  const limit = limitBytes === undefined ? '' : ` (the control groups allow ${size(limitBytes)})`
  const has = `${size(availableBytes)} of ${size(totalBytes)} are free${limit}`
  const device = native.state === 'ready' ? native.report.deviceMemory?.freeBytes : undefined
  const needed = defaultModels.flatMap(({ least }) => least ?? [])
  const sum = needed.reduce((bytes, { mainBytes }) => bytes + mainBytes, 0)
  const largest = Math.max(0, ...needed.map(({ mainBytes }) => mainBytes))
  if (largest > availableBytes && !(device && device > largest)) {
    const message = `${has}, and the largest default model needs ${size(largest)}.`
    return [
      problem(
        'memory',
        message,
        'End other programs, or choose a smaller model with --model (hearth list shows them).',
      ),
    ]
  }
  if (sum > availableBytes) {
    const message = `${has}, and the default models need ${size(sum)} together: they will take turns.`
    return [warning('memory', message, 'End other programs, or choose smaller models.')]
  }
  return [ok('memory', `${has}${sum > 0 ? `; the default models need ${size(sum)}` : ''}.`)]
}

function checkSwap({ system: { memory } }: DoctorFacts): readonly Check[] {
  const { swapTotalBytes: total, swapFreeBytes: free } = memory
  if (total === undefined || free === undefined) return []
  if (total === 0) return [ok('swap', 'There is no swap.')]
  const used = total - free
  if (used <= total / 2) return [ok('swap', `${size(used)} of ${size(total)} of swap are in use.`)]
  const message = `${size(used)} of ${size(total)} of swap are in use: what was swapped out answers slowly.`
  return [warning('swap', message, 'End other programs, or give memory_limit a smaller number.')]
}

function checkOpenFiles({ openFiles }: DoctorFacts): readonly Check[] {
  if (openFiles === undefined) return []
  if (openFiles >= comfortableOpenFiles)
    return [ok('open-files', `A process may have ${openFiles} files and connections open.`)]
  const message = `A process may have ${openFiles} files and connections open: a busy server runs out of them.`
  return [warning('open-files', message, 'Raise the limit (ulimit -n 8192, LimitNOFILE=8192 of a service).')]
}

function checkClock({ now, hub }: DoctorFacts): readonly Check[] {
  const remedy = 'Set the clock, or let the network set it (timedatectl set-ntp true).'
  if (now < earliest)
    return [
      problem(
        'clock',
        `The clock says ${new Date(now).toISOString().slice(0, 10)}: no certificate is valid then.`,
        remedy,
      ),
    ]
  const ahead = hub?.clockAheadSeconds
  if (ahead === undefined || Math.abs(ahead) < 300) return []
  const minutes = Math.round(Math.abs(ahead) / 60)
  return [
    warning(
      'clock',
      `The clock is ${minutes} minutes ${ahead > 0 ? 'behind' : 'ahead of'} that of ${hub?.endpoint}.`,
      remedy,
    ),
  ]
}

/** The disk of a folder. Pure. */
export function checkDisk({ models, data }: DoctorFacts): readonly Check[] {
  const folders = models.freeBytes === data.freeBytes ? [models] : [models, data]
  return folders.flatMap(({ path, freeBytes }) => {
    if (freeBytes === undefined) return []
    const has = `The disk of ${path} has ${size(freeBytes)} free`
    if (freeBytes < gigabyte / 5) return [problem('disk', `${has}.`, 'Make room on it, or choose another folder.')]
    if (freeBytes < 5 * gigabyte)
      return [
        warning(
          'disk',
          `${has}; most models are larger than that.`,
          'Make room on it, or choose another folder with --models-dir.',
        ),
      ]
    return [ok('disk', `${has}.`)]
  })
}

const round = (cores: number) => String(Math.round(cores * 100) / 100)
