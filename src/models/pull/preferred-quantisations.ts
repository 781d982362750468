import { isSameQuantisation } from '../quantisation-name.ts'
import type { RepositoryModel } from './model-files-of-repository.ts'

/**
 * In what order quantisations are tried where nobody says which one. Four bits with the K scheme come first: in llama.cpp's
 * own measurements they lose little, and every token costs a walk through the weights, so what is larger is slower without
 * being much better. Then what is a little larger, then smaller ones down to three bits, then the large ones, which are
 * there alone in repositories of small models; what loses a lot comes last. The first that fits is taken.
 */
const ladder = [
  ...['Q4_K_M', 'Q4_K_XL', 'Q4_K_L', 'Q5_K_M', 'Q5_K_XL', 'Q5_K_L', 'Q5_K_S', 'MXFP4', 'MXFP4_MOE'],
  ...['Q4_K_S', 'IQ4_NL', 'IQ4_XS', 'Q4_1', 'Q4_0', 'Q4_K', 'Q5_K', 'Q5_1', 'Q5_0', 'Q6_K', 'Q6_K_L', 'Q6_K_XL'],
  ...['Q8_0', 'Q8_K_XL', 'Q3_K_L', 'Q3_K_XL', 'Q3_K_M', 'IQ3_M', 'Q3_K', 'F16', 'BF16', 'F32'],
  ...['Q3_K_S', 'IQ3_S', 'IQ3_XS', 'IQ3_XXS', 'Q2_K_L', 'Q2_K_XL', 'Q2_K', 'IQ2_M', 'Q2_K_S', 'IQ2_S', 'IQ2_XS'],
  ...['IQ2_XXS', 'IQ1_M', 'IQ1_S', 'TQ2_0', 'TQ1_0'],
]

/** The best choice first. What has no name that is known comes last, the largest first. Of one quantisation the smaller first. */
export function byPreference(models: readonly RepositoryModel[]): readonly RepositoryModel[] {
  return models.toSorted((left, right) => {
    const [one, other] = [rankOf(left), rankOf(right)]
    if (one !== other) return one - other
    return one === ladder.length ? right.sizeBytes - left.sizeBytes : left.sizeBytes - right.sizeBytes
  })
}

function rankOf({ quantisation }: RepositoryModel): number {
  const rank = ladder.findIndex((name) => quantisation !== undefined && isSameQuantisation(name, quantisation))
  return rank < 0 ? ladder.length : rank
}
