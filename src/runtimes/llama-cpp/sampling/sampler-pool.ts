import type { Addon, AddonModel, AddonSampler, SamplerConfig } from '../addon.ts'

/**
 * Samplers that are used again and again. Each holds a list as long as the vocabulary, 12 bytes a token, that only the
 * garbage collector frees, and it does not see them: 3,000 requests with a sampler each took 650 MiB with a vocabulary
 * of 49,152 tokens.
 */
export class SamplerPool {
  readonly #addon: Pick<Addon, 'AddonSampler'>
  readonly #model: AddonModel
  readonly #idle: AddonSampler[] = []

  constructor(addon: Pick<Addon, 'AddonSampler'>, model: AddonModel) {
    this.#addon = addon
    this.#model = model
  }

  /** A sampler that behaves like a new one of that configuration. It belongs to the caller until it is given back. */
  take(config: SamplerConfig & { readonly seed: number }): AddonSampler {
    const sampler = this.#idle.pop() ?? new this.#addon.AddonSampler(this.#model)
    // Only another seed than the last one starts the random numbers anew.
    sampler.applyConfig({ ...config, seed: (config.seed ^ 1) >>> 0 })
    sampler.applyConfig(config)
    return sampler
  }

  giveBack(sampler: AddonSampler): void {
    this.#idle.push(sampler)
  }
}
