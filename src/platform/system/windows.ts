import type { Gpu, MainMemory, Processor } from '../../core/system.ts'
import { gpuVendor } from '../gpu/gpu-vendor.ts'

/** Asks Windows for everything at once: starting PowerShell is what takes the time. */
export const windowsQuestion: readonly string[] = [
  '-NoLogo',
  '-NoProfile',
  '-NonInteractive',
  '-Command',
  [
    '$ErrorActionPreference = "SilentlyContinue"',
    '[Console]::OutputEncoding = [Text.Encoding]::UTF8',
    '@{',
    'system = Get-CimInstance Win32_OperatingSystem | Select-Object Caption, Version, TotalVisibleMemorySize',
    'processors = @(Get-CimInstance Win32_Processor | Select-Object Name, Manufacturer, NumberOfCores)',
    'swap = @(Get-CimInstance Win32_PageFileUsage | Select-Object AllocatedBaseSize, CurrentUsage)',
    'cards = @(Get-CimInstance Win32_VideoController | Select-Object Name, AdapterCompatibility, AdapterRAM, DriverVersion)',
    '} | ConvertTo-Json -Depth 3 -Compress',
  ].join('\n'),
]

/** What comes back. Windows spells it. */
interface WindowsAnswer {
  readonly system?: { readonly Caption?: string; readonly Version?: string; readonly TotalVisibleMemorySize?: number }
  readonly processors?: readonly {
    readonly Name?: string
    readonly Manufacturer?: string
    readonly NumberOfCores?: number
  }[]
  readonly swap?: readonly { readonly AllocatedBaseSize?: number; readonly CurrentUsage?: number }[]
  readonly cards?: readonly {
    readonly Name?: string
    readonly AdapterCompatibility?: string
    readonly AdapterRAM?: number
    readonly DriverVersion?: string
  }[]
}

export interface WindowsFacts {
  readonly name?: string
  readonly processor: Pick<Processor, 'name' | 'vendor' | 'physicalCores' | 'features'>
  readonly memory: Partial<MainMemory>
  readonly gpus: readonly Gpu[]
}

/** Its field has 32 bits: whatever is larger is told as this or something near. */
const largestTold = 0xfff00000

/** Reads the answer to `windowsQuestion`. Windows does not tell the features of a processor. Pure. */
export function readWindowsAnswer(text: string): WindowsFacts {
  const answer = parse(text)
  const { system = {}, processors = [], swap = [], cards = [] } = answer
  const name = system.Caption?.replace(/^Microsoft\s+/, '').trim()
  const [first] = processors
  const cores = processors.reduce((sum, { NumberOfCores = 0 }) => sum + NumberOfCores, 0)
  const megabytes = (field: 'AllocatedBaseSize' | 'CurrentUsage') =>
    swap.reduce((sum, file) => sum + (file[field] ?? 0), 0)
  return {
    ...(name && { name: [name, system.Version].filter(Boolean).join(' ') }),
    processor: {
      ...(first?.Name && { name: first.Name.trim() }),
      ...(first?.Manufacturer && { vendor: first.Manufacturer }),
      ...(cores > 0 && { physicalCores: cores }),
      features: [],
    },
    memory: {
      ...(system.TotalVisibleMemorySize && { totalBytes: system.TotalVisibleMemorySize * 1024 }),
      swapTotalBytes: megabytes('AllocatedBaseSize') * 2 ** 20,
      swapFreeBytes: (megabytes('AllocatedBaseSize') - megabytes('CurrentUsage')) * 2 ** 20,
    },
    gpus: cards.flatMap(gpuOf),
  }
}

function gpuOf(card: NonNullable<WindowsAnswer['cards']>[number]): readonly Gpu[] {
  const { Name: name, AdapterCompatibility: maker, AdapterRAM: bytes, DriverVersion: driverVersion } = card
  // What stands in for a card in virtual machines and over remote desktops.
  if (!name || /Microsoft (Basic|Remote|Hyper-V)|Virtual|IddDriver|Parsec|Citrix/i.test(name)) return []
  const isTold = bytes !== undefined && bytes > 0 && bytes < largestTold
  const vendor = gpuVendor(maker)
  return [
    {
      name,
      ...(vendor && { vendor }),
      ...(isTold && { totalBytes: bytes }),
      ...(driverVersion && { driverVersion }),
      ...(integrated.test(name) && { isIntegrated: true }),
    },
  ]
}

/** What their makers call those that are a part of a processor. */
const integrated = /^(?:AMD )?Radeon(?:\(TM\))? Graphics$|^Intel\(R\) (?:U?HD|Iris)|^Intel\(R\) Graphics/

function parse(text: string): WindowsAnswer {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as WindowsAnswer
  } catch {
    return {}
  }
}
