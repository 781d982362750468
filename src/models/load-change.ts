import type { LoadOptions } from '../core/model.ts'

type Optional = 'draft' | 'promptLookup' | 'promptCache' | 'cacheTypes' | 'adapters'

/** How a model is to be loaded otherwise. `null`: without it, though it is configured; what is absent stays as it is. */
export type LoadChange = Partial<Omit<LoadOptions, Optional>> & {
  readonly [Name in Optional]?: LoadOptions[Name] | null
}

/** The options with the change. Pure. */
export function changedLoad(load: LoadOptions, change: LoadChange = {}): LoadOptions {
  const options = Object.entries({ ...load, ...change }).filter(([, value]) => value !== null)
  return Object.fromEntries(options) as unknown as LoadOptions
}
