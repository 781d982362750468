import { existsSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import process from 'node:process'
import type { MainMemory, Processor } from '../../core/system.ts'
import { controlGroupLimits } from '../control-group.ts'
import { availableMemoryBytes, usableCores } from '../machine.ts'
import { readTextOrEmpty } from '../read-text.ts'
import { runTool } from '../run-tool.ts'
import type { MachineFacts } from './create-system-reader.ts'
import { containerOf, readCpuInfo, readLscpuName, readMemInfo, readOsRelease } from './linux.ts'
import { readSoftwareVersion, readSysctl } from './mac.ts'
import { readWindowsAnswer, windowsQuestion } from './windows.ts'

/** What a system tells of itself in its own way. */
interface SystemFacts {
  readonly name?: string
  readonly libc?: string
  readonly processor: Pick<Processor, 'name' | 'vendor' | 'physicalCores' | 'features'>
  readonly swap: Pick<MainMemory, 'swapTotalBytes' | 'swapFreeBytes'>
}

/** Asks the system. Never rejects. */
export async function readMachineFacts(): Promise<MachineFacts> {
  const facts = await readSystem()
  const kernel = release()
  const container = process.platform === 'linux' && containerOf({ has: existsSync, read: readTextOrEmpty, kernel })
  const { cores } = controlGroupLimits(readTextOrEmpty)
  const logical = cpus()
  return {
    operatingSystem: {
      platform: process.platform,
      architecture: process.arch,
      ...(facts.name && { name: facts.name }),
      kernel,
      ...(facts.libc && { libc: facts.libc }),
      ...(container && { container }),
    },
    processor: {
      ...(logical[0]?.model && { name: logical[0].model.trim() }),
      ...facts.processor,
      logicalCores: Math.max(1, logical.length),
      usableCores: usableCores(),
      ...(Number.isFinite(cores) && { quotaCores: cores }),
    },
    swap: facts.swap,
  }
}

/** As it is now; costs some small files. */
export function readMemory({ swap }: Pick<MachineFacts, 'swap'>): MainMemory {
  const { totalBytes, ...linuxSwap } = readMemInfo(readTextOrEmpty('/proc/meminfo'))
  const { limitBytes } = controlGroupLimits(readTextOrEmpty)
  const total = totalBytes ?? totalmem()
  return {
    totalBytes: total,
    availableBytes: availableMemoryBytes(),
    ...(limitBytes < total && { limitBytes }),
    ...swap,
    ...linuxSwap,
  }
}

async function readSystem(): Promise<SystemFacts> {
  if (process.platform === 'darwin') return await readMac()
  if (process.platform === 'win32') {
    const { name, processor, memory } = readWindowsAnswer((await runTool('powershell.exe', windowsQuestion)) ?? '')
    return { ...(name && { name }), processor, swap: swapOf(memory) }
  }
  const [libc, processor] = await Promise.all([readLibc(), readLinuxProcessor()])
  const name = readOsRelease(readTextOrEmpty('/etc/os-release'))
  return { ...(name && { name }), ...(libc && { libc }), processor, swap: {} }
}

async function readMac(): Promise<SystemFacts> {
  const [values, version] = await Promise.all([
    runTool('sysctl', ['hw', 'machdep.cpu', 'vm.swapusage']),
    runTool('sw_vers', []),
  ])
  const { processor, memory } = readSysctl(values ?? '')
  const name = readSoftwareVersion(version ?? '')
  return { ...(name && { name }), processor, swap: swapOf(memory) }
}

async function readLinuxProcessor(): Promise<SystemFacts['processor']> {
  const facts = readCpuInfo(readTextOrEmpty('/proc/cpuinfo'))
  if (facts.name) return facts
  const name = readLscpuName((await runTool('lscpu', [])) ?? '')
  return { ...facts, ...(name && { name }) }
}

async function readLibc(): Promise<string | undefined> {
  const glibc = await runTool('getconf', ['GNU_LIBC_VERSION'])
  if (glibc?.trim()) return glibc.trim()
  const names = { x64: 'x86_64', arm64: 'aarch64', arm: 'armhf' } as Readonly<Record<string, string>>
  return existsSync(`/lib/ld-musl-${names[process.arch]}.so.1`) ? 'musl' : undefined
}

const swapOf = ({ swapTotalBytes, swapFreeBytes }: Partial<MainMemory>): MachineFacts['swap'] => ({
  ...(swapTotalBytes !== undefined && { swapTotalBytes }),
  ...(swapFreeBytes !== undefined && { swapFreeBytes }),
})
