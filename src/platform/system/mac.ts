import type { MainMemory, Processor } from '../../core/system.ts'
import { tellingFeatures } from './cpu-features.ts'

type ProcessorFacts = Pick<Processor, 'name' | 'vendor' | 'physicalCores' | 'features'>

/** What `sysctl hw machdep.cpu vm.swapusage` prints: `name: value`, one a line. Pure. */
export function readSysctl(text: string): { readonly processor: ProcessorFacts; readonly memory: Partial<MainMemory> } {
  const values = new Map(
    text.split('\n').flatMap((line) => {
      const [, name, value] = /^([\w.]+):\s*(.*)$/.exec(line) ?? []
      return name === undefined || value === undefined ? [] : [[name, value.trim()] as const]
    }),
  )
  const number = (name: string) => Number(values.get(name)) || undefined
  const [name, cores, totalBytes] = [
    values.get('machdep.cpu.brand_string'),
    number('hw.physicalcpu'),
    number('hw.memsize'),
  ]
  const vendor = values.get('machdep.cpu.vendor') || (name?.startsWith('Apple') ? 'Apple' : undefined)
  return {
    processor: {
      ...(name && { name }),
      ...(vendor && { vendor }),
      ...(cores && { physicalCores: cores }),
      features: featuresOf(values),
    },
    memory: { ...(totalBytes && { totalBytes }), ...readSwap(values.get('vm.swapusage') ?? '') },
  }
}

/** Intel's are listed; ARM's are switches of their own. */
function featuresOf(values: ReadonlyMap<string, string>): readonly string[] {
  const listed = ['features', 'leaf7_features'].flatMap((name) =>
    (values.get(`machdep.cpu.${name}`) ?? '').split(/\s+/),
  )
  const switched = [...values].flatMap(([name, value]) => {
    const [, feature] = /^hw\.optional\.(?:arm\.)?(\w+)$/.exec(name) ?? []
    return feature && /^1\b/.test(value) ? [feature] : []
  })
  return tellingFeatures([...listed, ...switched])
}

/** `total = 2048.00M  used = 1024.00M  free = 1024.00M  (encrypted)` */
function readSwap(text: string): Pick<MainMemory, 'swapTotalBytes' | 'swapFreeBytes'> {
  const bytes = (name: string) => {
    const found = new RegExp(`\\b${name} = ([\\d.]+)M`).exec(text)?.[1]
    return found === undefined ? undefined : Math.round(Number(found) * 2 ** 20)
  }
  const [swapTotalBytes, swapFreeBytes] = [bytes('total'), bytes('free')]
  return {
    ...(swapTotalBytes !== undefined && { swapTotalBytes }),
    ...(swapFreeBytes !== undefined && { swapFreeBytes }),
  }
}

/** What `sw_vers` calls the system: `macOS 15.1`. Pure. */
export function readSoftwareVersion(text: string): string | undefined {
  const value = (name: string) => new RegExp(`^${name}:\\s*(.+)$`, 'm').exec(text)?.[1]?.trim()
  const [name, version] = [value('ProductName'), value('ProductVersion')]
  return name && [name, version].filter(Boolean).join(' ')
}
