import type { Gpu } from '../../core/system.ts'
import { gpuVendor } from './gpu-vendor.ts'

interface DisplayCard {
  readonly sppci_model?: string
  readonly _name?: string
  readonly spdisplays_vendor?: string
  /** `8 GB`, `1536 MB`. */
  readonly spdisplays_vram?: string
  readonly _spdisplays_vram?: string
  readonly spdisplays_vram_shared?: string
  readonly spdisplays_mtlgpufamilysupport?: string
}

/** Reads `system_profiler SPDisplaysDataType -json`. Apple's own GPUs share the machine's memory. Pure. */
export function readMacDisplays(text: string): readonly Gpu[] {
  return cardsOf(text).flatMap((card) => {
    const name = card.sppci_model ?? card._name
    if (!name) return []
    const vendor = gpuVendor(card.spdisplays_vendor?.replace(/^sppci_vendor_/, '') ?? name)
    const totalBytes = bytesOf(card.spdisplays_vram ?? card._spdisplays_vram ?? card.spdisplays_vram_shared ?? '')
    const isIntegrated = vendor === 'Apple' || card.spdisplays_vram_shared !== undefined
    return [{ name, ...(vendor && { vendor }), ...(totalBytes && { totalBytes }), isIntegrated }]
  })
}

function bytesOf(text: string): number | undefined {
  const [, amount, unit] = /^([\d.]+) (MB|GB)$/.exec(text) ?? []
  return amount === undefined ? undefined : Number(amount) * (unit === 'GB' ? 2 ** 30 : 2 ** 20)
}

function cardsOf(text: string): readonly DisplayCard[] {
  try {
    const cards = (JSON.parse(text) as { SPDisplaysDataType?: unknown }).SPDisplaysDataType
    return Array.isArray(cards) ? cards : []
  } catch {
    return []
  }
}
