import type { OperatingSystem, Processor } from '../../core/system.ts'
import { tellingFeatures } from './cpu-features.ts'

type ProcessorFacts = Pick<Processor, 'name' | 'vendor' | 'physicalCores' | 'features'>

/** What /proc/cpuinfo says. ARM processors have no name there, but for some boards' own. Pure. */
export function readCpuInfo(text: string): ProcessorFacts {
  const blocks = text.split(/\n\s*\n/).map(fieldsOf)
  const first = blocks.find((fields) => fields.has('flags') || fields.has('Features')) ?? new Map()
  const cores = new Set(
    blocks
      .filter((fields) => fields.has('core id'))
      .map((fields) => `${fields.get('physical id')}/${fields.get('core id')}`),
  )
  const board = blocks.map((fields) => fields.get('Model')).find(Boolean)
  const name = first.get('model name') || board
  const vendor = first.get('vendor_id') || armMakers[first.get('CPU implementer') ?? '']
  const features = (first.get('flags') ?? first.get('Features') ?? '').split(/\s+/)
  return {
    ...(name && { name }),
    ...(vendor && { vendor }),
    ...(cores.size > 0 && { physicalCores: cores.size }),
    features: tellingFeatures(features),
  }
}

/** The commonest of the numbers that ARM gives to makers of processors. */
const armMakers: Readonly<Record<string, string>> = {
  '0x41': 'ARM',
  '0x48': 'HiSilicon',
  '0x4e': 'NVIDIA',
  '0x51': 'Qualcomm',
  '0x61': 'Apple',
  '0xc0': 'Ampere',
}

/** The name of the processor that `lscpu` knows where /proc/cpuinfo has numbers only. Pure. */
export function readLscpuName(text: string): string | undefined {
  const name = /^Model name:\s+(.+)$/m.exec(text)?.[1]?.trim()
  return name && name !== '-' ? name : undefined
}

/** What /etc/os-release calls the system. Pure. */
export function readOsRelease(text: string): string | undefined {
  const value = (key: string) => new RegExp(`^${key}=["']?(.*?)["']?$`, 'm').exec(text)?.[1] || undefined
  return value('PRETTY_NAME') ?? value('NAME')
}

/** Bytes, of /proc/meminfo. Pure. */
export function readMemInfo(text: string): {
  readonly totalBytes?: number
  readonly swapTotalBytes?: number
  readonly swapFreeBytes?: number
} {
  const bytes = (name: string) => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]
    return found === undefined ? undefined : Number(found) * 1024
  }
  const [totalBytes, swapTotalBytes, swapFreeBytes] = [bytes('MemTotal'), bytes('SwapTotal'), bytes('SwapFree')]
  return {
    ...(totalBytes !== undefined && { totalBytes }),
    ...(swapTotalBytes !== undefined && { swapTotalBytes }),
    ...(swapFreeBytes !== undefined && { swapFreeBytes }),
  }
}

/** What the traces of containers are told from. */
export interface ContainerTraces {
  /** Whether a path is there. */
  readonly has: (path: string) => boolean
  readonly read: (path: string) => string
  readonly kernel: string
}

/** What this runs in; nothing on a machine of its own, a virtual one too. */
export function containerOf({ has, read, kernel }: ContainerTraces): OperatingSystem['container'] {
  if (has('/var/run/secrets/kubernetes.io')) return 'kubernetes'
  if (has('/run/.containerenv')) return 'podman'
  if (has('/.dockerenv')) return 'docker'
  const told = read('/run/systemd/container').trim()
  if (told) return told
  const group = /\b(docker|kubepods|libpod|lxc|containerd)\b/.exec(read('/proc/1/cgroup'))?.[1]
  if (group) return { kubepods: 'kubernetes', libpod: 'podman' }[group] ?? group
  return /microsoft/i.test(kernel) ? 'wsl' : undefined
}

/** `key : value`, one a line. */
function fieldsOf(block: string): ReadonlyMap<string, string> {
  return new Map(
    block.split('\n').flatMap((line) => {
      const [, key, value] = /^([^:]+?)\s*:\s*(.*)$/.exec(line) ?? []
      return key === undefined || value === undefined ? [] : [[key, value.trim()] as const]
    }),
  )
}
