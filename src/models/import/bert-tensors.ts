import type { BertConfiguration } from './bert-configuration.ts'

/** A tensor as it must be: its name in the folder and in the GGUF file, and its shape there, slowest first. */
export interface BertTensor {
  readonly from: string
  readonly to: string
  readonly shape: readonly number[]
  /** Matrices that are multiplied or looked up by token may be kept with fewer bits; the rest may not. */
  readonly canQuantise: boolean
}

/** Every tensor that llama.cpp reads of a BERT model (`LLM_ARCH_BERT`), in the order of the model. */
export function bertTensors(configuration: BertConfiguration): readonly BertTensor[] {
  const { hiddenSize, maxPositions, tokenTypes, vocabularySize, layers } = configuration
  const matrix = (from: string, to: string, rows: number, canQuantise = false): BertTensor => ({
    from: `embeddings.${from}.weight`,
    to: `${to}.weight`,
    shape: [rows, hiddenSize],
    canQuantise,
  })
  return [
    ...layerNorm('embeddings.LayerNorm', 'token_embd_norm', hiddenSize),
    matrix('position_embeddings', 'position_embd', maxPositions),
    matrix('token_type_embeddings', 'token_types', tokenTypes),
    matrix('word_embeddings', 'token_embd', vocabularySize, true),
    ...Array.from({ length: layers }, (_, layer) => layerTensors(layer, configuration)).flat(),
  ]
}

function layerTensors(layer: number, { hiddenSize, feedForwardSize }: BertConfiguration): readonly BertTensor[] {
  const from = `encoder.layer.${layer}`
  const to = `blk.${layer}`
  return [
    ...layerNorm(`${from}.attention.output.LayerNorm`, `${to}.attn_output_norm`, hiddenSize),
    ...linear(`${from}.attention.output.dense`, `${to}.attn_output`, [hiddenSize, hiddenSize]),
    ...linear(`${from}.attention.self.key`, `${to}.attn_k`, [hiddenSize, hiddenSize]),
    ...linear(`${from}.attention.self.query`, `${to}.attn_q`, [hiddenSize, hiddenSize]),
    ...linear(`${from}.attention.self.value`, `${to}.attn_v`, [hiddenSize, hiddenSize]),
    ...linear(`${from}.intermediate.dense`, `${to}.ffn_up`, [feedForwardSize, hiddenSize]),
    ...layerNorm(`${from}.output.LayerNorm`, `${to}.layer_output_norm`, hiddenSize),
    ...linear(`${from}.output.dense`, `${to}.ffn_down`, [hiddenSize, feedForwardSize]),
  ]
}

function layerNorm(from: string, to: string, size: number): readonly BertTensor[] {
  return ['bias', 'weight'].map((part) => ({
    from: `${from}.${part}`,
    to: `${to}.${part}`,
    shape: [size],
    canQuantise: false,
  }))
}

function linear(from: string, to: string, shape: readonly [rows: number, columns: number]): readonly BertTensor[] {
  return [
    { from: `${from}.bias`, to: `${to}.bias`, shape: [shape[0]], canQuantise: false },
    { from: `${from}.weight`, to: `${to}.weight`, shape, canQuantise: true },
  ]
}
