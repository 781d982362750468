import process from 'node:process'
import type { ModelHeader } from '../../../core/model.ts'

/** Bytes in main memory and on the GPU. */
export interface SplitBytes {
  readonly main: number
  readonly device: number
}

/**
 * Types whose matrices ggml rearranges for the processor's vector units, which it does in memory of its own
 * (`ggml_repack_get_optimal_repack_type` of ggml/src/ggml-cpu/repack.cpp). Some only on newer processors: they count as if
 * it were one.
 */
const rearrangedTypes: Readonly<Record<string, readonly string[]>> = {
  x64: ['Q4_0', 'Q4_K', 'Q2_K', 'IQ4_NL', 'MXFP4'],
  arm64: ['Q4_0', 'Q4_K', 'Q5_K', 'Q6_K', 'Q8_0', 'IQ4_NL', 'MXFP4', 'Q1_0'],
}

/** From this share on, reading the file into memory is cheaper than mapping it, since what is rearranged is there twice. */
const mappingLimit = 0.1

/** Which part of the weights ggml rearranges on a processor of this kind. Pure. */
export function rearrangedShare({ layout }: ModelHeader, architecture: string = process.arch): number {
  if (!layout || layout.describedBytes === 0) return 0
  const types = rearrangedTypes[architecture] ?? []
  return types.reduce((sum, type) => sum + (layout.matrixBytes[type] ?? 0), 0) / layout.describedBytes
}

/**
 * Whether the file is mapped into memory. Where the processor wants most weights in another order it is read instead: of a
 * mapped file the weights would be in memory twice. Where no block is computed on the processor it is mapped always. Pure.
 */
export const mapsWeights = (header: ModelHeader, gpuLayers: number): boolean =>
  gpuLayers >= layersOf(header) - 1 || rearrangedShare(header) < mappingLimit

/** A table that serves as the projection, too, is there once more where the processor wants a projection in another order. */
function copiedTable({ layout }: ModelHeader): number {
  if (!layout || layout.outputBytes > 0) return 0
  const isRearranged = rearrangedTypes[process.arch]?.includes(layout.embeddingType ?? '')
  return isRearranged ? layout.embeddingBytes : 0
}

/** Layers in llama.cpp's count: the blocks, and the output. */
export const layersOf = ({ blockCount = 0 }: Pick<ModelHeader, 'blockCount'>): number => blockCount + 1

/** Where the weights are, with so many layers on the GPU: the output first, then blocks from the last one on. Pure. */
export function splitWeights(header: ModelHeader, gpuLayers: number): SplitBytes {
  const { tensorBytes, layout, blockCount = 0 } = header
  const { embeddingBytes = 0, outputBytes = 0 } = layout ?? {}
  const blocks = Math.max(0, tensorBytes - embeddingBytes - outputBytes)
  const onGpu = Math.min(Math.max(0, gpuLayers - 1), blockCount)
  const moved = blockCount > 0 ? (blocks * onGpu) / blockCount : 0
  const onProcessor = blocks - moved
  const twice = mapsWeights(header, gpuLayers) && gpuLayers === 0 ? onProcessor * rearrangedShare(header) : 0
  // A table that serves as the projection, too, is copied to the GPU.
  return gpuLayers > 0
    ? { main: embeddingBytes + onProcessor, device: moved + (outputBytes || embeddingBytes) }
    : { main: tensorBytes + twice + copiedTable(header), device: 0 }
}
