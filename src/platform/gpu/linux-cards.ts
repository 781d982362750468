import type { Gpu } from '../../core/system.ts'

/** A card as /sys/class/drm/cardN/device has it; what is not there is empty. */
export interface CardFiles {
  /** PCI numbers in hexadecimal: `0x1002`. */
  readonly vendor: string
  readonly device: string
  /** `DRIVER=amdgpu` and others, one a line. */
  readonly uevent: string
  readonly productName: string
  /** Bytes in decimal; of amdgpu. */
  readonly memoryTotal: string
  readonly memoryUsed: string
}

const makers: Readonly<Record<string, string>> = { '0x1002': 'AMD', '0x10de': 'NVIDIA', '0x8086': 'Intel' }

/**
 * The GPUs that the kernel shows, with names from `vulkaninfo --summary` as far as it knows them. Whatever draws a console
 * and computes nothing is left out. NVIDIA's are too: its own tool knows more of them, unless the free driver runs them.
 */
export function readLinuxCards(cards: readonly CardFiles[], vulkanSummary: string): readonly Gpu[] {
  const named = readVulkanSummary(vulkanSummary)
  return cards.flatMap((card) => {
    const vendor = makers[card.vendor.trim()]
    const driver = /^DRIVER=(.+)$/m.exec(card.uevent)?.[1]
    if (!vendor || driver === 'nvidia') return []
    const known = named.find(({ device }) => device === Number.parseInt(card.device, 16))
    const [totalBytes, used] = [Number(card.memoryTotal) || undefined, Number(card.memoryUsed) || 0]
    return [
      {
        name: card.productName.trim() || known?.name || `${vendor} GPU ${card.device.trim()}`,
        vendor,
        ...(totalBytes && { totalBytes, freeBytes: Math.max(0, totalBytes - used) }),
        ...(known?.driver && { driverVersion: known.driver }),
        ...(known && { isIntegrated: known.isIntegrated }),
      },
    ]
  })
}

/** A GPU as `vulkaninfo --summary` tells it. */
interface VulkanGpu {
  readonly name: string
  /** Its PCI number. */
  readonly device: number
  readonly driver?: string
  readonly isIntegrated: boolean
}

/** Pure. What Vulkan computes on a CPU is no GPU. */
export function readVulkanSummary(text: string): readonly VulkanGpu[] {
  return text
    .split(/^GPU\d+:/m)
    .slice(1)
    .flatMap((block) => {
      const value = (name: string) => new RegExp(`^\\s*${name}\\s*=\\s*(.+)$`, 'm').exec(block)?.[1]?.trim()
      const [name, device, kind] = [value('deviceName'), value('deviceID'), value('deviceType') ?? '']
      if (!name || !device || kind.endsWith('TYPE_CPU')) return []
      const driver = value('driverInfo') || value('driverVersion')
      return [
        { name, device: Number(device), ...(driver && { driver }), isIntegrated: kind.endsWith('INTEGRATED_GPU') },
      ]
    })
}
