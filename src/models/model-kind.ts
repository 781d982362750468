import type { ModelHeader, ModelKind } from '../core/model.ts'

/** Architectures that only ever give vectors, by llama.cpp's names for them. */
const encoders = /bert|^gemma-embedding$|^t5encoder$/

/** What a model is for, as far as its head tells: those that pool their tokens are for embedding or for ranking. */
export function kindOf({ architecture, pooling }: ModelHeader): ModelKind {
  if (pooling === 'rank') return 'reranker'
  return encoders.test(architecture) || (pooling !== undefined && pooling !== 'none') ? 'embedding' : 'chat'
}
