import type { Gpu } from '../../core/system.ts'

/** What `nvidia-smi` is asked for; it prints one line a GPU. */
export const nvidiaQuestion = [
  '--query-gpu=name,memory.total,memory.free,driver_version',
  '--format=csv,noheader,nounits',
] as const

/**
 * Reads the answer to `nvidiaQuestion`, and what `nvidia-smi` prints without arguments, whose head says what CUDA the
 * driver can run. Memory is in MiB; where a GPU shares the machine's it is `[N/A]`. Pure.
 */
export function readNvidiaSmi(answer: string, head: string): readonly Gpu[] {
  const cudaVersion = /CUDA(?: \w+)? Version\s*:\s*([\d.]+)/.exec(head)?.[1]
  return answer.split('\n').flatMap((line) => {
    const [name, total, free, driverVersion] = line.split(',').map((part) => part.trim())
    if (!name || driverVersion === undefined) return []
    const [totalBytes, freeBytes] = [mebibytes(total), mebibytes(free)]
    return [
      {
        name,
        vendor: 'NVIDIA',
        ...(totalBytes !== undefined && { totalBytes }),
        ...(freeBytes !== undefined && { freeBytes }),
        driverVersion,
        ...(cudaVersion && { cudaVersion }),
        ...(totalBytes === undefined && { isIntegrated: true }),
      },
    ]
  })
}

const mebibytes = (text = '') => (/^\d+$/.test(text) ? Number(text) * 2 ** 20 : undefined)

/** The driver's own files, for machines without `nvidia-smi`: /proc/driver/nvidia/version and gpus/…/information. Pure. */
export function readNvidiaFiles(version: string, cards: readonly string[]): readonly Gpu[] {
  const driverVersion = /Kernel Module(?: for \S+)?\s+(\d[\d.]+)/.exec(version)?.[1]
  const names = cards.map((text) => /^Model:\s*(.+)$/m.exec(text)?.[1]?.trim() ?? 'NVIDIA GPU')
  return names.map((name) => ({ name, vendor: 'NVIDIA', ...(driverVersion && { driverVersion }) }))
}
