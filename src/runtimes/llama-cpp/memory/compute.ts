import type { ModelHeader } from '../../../core/model.ts'
import { padded } from './cache.ts'
import type { SplitBytes } from './weights.ts'

/** One context of llama.cpp. */
export interface ContextShape {
  /** Tokens that each sequence may fill. */
  readonly contextSize: number
  readonly sequences: number
  /** Tokens in one batch. */
  readonly batchSize: number
  readonly gpuLayers: number
  /** Whether it makes logits, and not vectors. */
  readonly hasLogits: boolean
}

/** Of tokens whose logits are asked for in one batch, for each sequence: its own, and guesses. */
const outputsEach = 4

/**
 * Buffers of one context. On a processor only what is written to counts, since memory that was never written to is not taken:
 * a buffer for the logits of a whole batch is reserved, and a few rows of it are used. A GPU gives all at once. The
 * factors were measured (`graph_reserve` of llama.cpp's src/llama-context.cpp says what is reserved). Pure.
 */
export function computeBytes(header: ModelHeader, shape: ContextShape): SplitBytes {
  const { vocabularySize = 0, embeddingSize = 0 } = header
  const { batchSize, sequences, gpuLayers } = shape
  const floats = 4
  const hidden = batchSize * embeddingSize * floats
  // Rows of what each token may see: as 32 bits, and as 16 for the kernels.
  const mask = padded(shape.contextSize) * batchSize * 6
  const activations = 3 * hidden + batchSize * widestOf(header) * floats + mask
  // For vectors llama.cpp has a row of logits for every token of a batch, too, though nobody asks for one.
  const outputs = (shape.hasLogits ? sequences : batchSize) * vocabularySize * floats
  const logits = (rows: number) => (shape.hasLogits ? Math.min(batchSize, rows) * vocabularySize * floats : 0)
  if (gpuLayers === 0) return { main: activations + outputs + logits(outputsEach * sequences), device: 0 }
  const reserved = Math.max(activations, logits(batchSize) + 2 * hidden)
  return { main: (gpuLayers > (header.blockCount ?? 0) ? hidden + mask : activations) + outputs, device: reserved }
}

/** Numbers that one token has in its widest moment, in the feed-forward part: of a gate, what goes up, and their product. */
function widestOf({ architecture, embeddingSize = 0, layout }: ModelHeader): number {
  const { feedForwardLength = 4 * embeddingSize, expertFeedForwardLength = 0, expertUsedCount = 0 } = layout ?? {}
  const widest = Math.max(feedForwardLength, (expertFeedForwardLength || feedForwardLength) * expertUsedCount)
  return (architecture.includes('bert') ? 1 : 3) * widest
}
