import type { ModelLayout, Recurrence, SlidingWindow } from '../../core/model-layout.ts'
import type { Metadata } from './metadata.ts'
import type { TensorSummary } from './tensor-summary.ts'

/** Reads from a head what the memory of a model depends on. Keys: `llm_arch` of llama.cpp's src/llama-arch.cpp. Pure. */
export function layoutOf(metadata: Metadata, architecture: string, tensors: TensorSummary): ModelLayout {
  const number = (key: string) => metadata.numbers.get(`${architecture}.${key}`)
  const list = (key: string) => metadata.numberLists.get(`${architecture}.${key}`)
  const largest = (key: string) => number(key) ?? largestOf(list(key))
  const window: SlidingWindow = present({
    size: number('attention.sliding_window'),
    pattern: list('attention.sliding_window_pattern')?.map(Boolean) ?? number('attention.sliding_window_pattern'),
    keyLength: number('attention.key_length_swa'),
    valueLength: number('attention.value_length_swa'),
  })
  const recurrence: Recurrence = present({
    convolutionLength: number('ssm.conv_kernel'),
    innerSize: number('ssm.inner_size'),
    stateSize: number('ssm.state_size'),
    groupCount: number('ssm.group_count'),
    headSize: number('wkv.head_size'),
    tokenShiftCount: number('token_shift_count'),
    shortConvolutionLength: number('shortconv.l_cache'),
    deltaHeadSize: number('kda.head_dim'),
    attentionInterval: number('full_attention_interval'),
    recurrentBlocks: list('attention.recurrent_layers')?.map(Boolean),
  })
  return present({
    embeddingBytes: tensors.embeddingBytes,
    embeddingType: tensors.embeddingType,
    outputBytes: tensors.outputBytes,
    matrixBytes: tensors.matrixBytes,
    describedBytes: tensors.tensorBytes,
    feedForwardLength: largest('feed_forward_length'),
    expertFeedForwardLength: largest('expert_feed_forward_length'),
    expertUsedCount: largest('expert_used_count'),
    headCountsKeyValue: list('attention.head_count_kv'),
    slidingWindow: orNothing(window),
    hasLatentAttention: number('attention.key_length_mla') ? true : undefined,
    sharedCacheBlocks: number('attention.shared_kv_layers'),
    predictionBlocks: number('nextn_predict_layers'),
    recurrence: orNothing(recurrence),
  })
}

/** The layout of a model in several files, each of which has some of its tensors; the first says all else. Pure. */
export function joinLayouts(layouts: readonly ModelLayout[]): ModelLayout | undefined {
  const [first, ...others] = layouts
  return first && others.reduce(joinTwo, first)
}

function joinTwo(left: ModelLayout, right: ModelLayout): ModelLayout {
  const types = new Set([...Object.keys(left.matrixBytes), ...Object.keys(right.matrixBytes)])
  return {
    ...right,
    ...left,
    embeddingBytes: left.embeddingBytes + right.embeddingBytes,
    outputBytes: left.outputBytes + right.outputBytes,
    describedBytes: left.describedBytes + right.describedBytes,
    matrixBytes: Object.fromEntries(
      [...types].map((type) => [type, (left.matrixBytes[type] ?? 0) + (right.matrixBytes[type] ?? 0)]),
    ),
  }
}

export function largestOf(list: readonly number[] | undefined): number | undefined {
  return list && list.length > 0 ? Math.max(...list) : undefined
}

/** Leaves out what the file does not say. */
export const present = <T extends object>(fields: { readonly [Key in keyof T]: T[Key] | undefined }): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as unknown as T

const orNothing = <T extends object>(fields: T): T | undefined => (Object.keys(fields).length > 0 ? fields : undefined)
