import type { Environment } from './config/environment.ts'
import type { RuntimeSearch } from './platform/cuda/find-runtime.ts'

/** What a search for the CUDA runtime starts from. */
export function runtimeSearch(environment: Environment): RuntimeSearch {
  const { variables, home, dataFolder, cudaFolder, nativeFolder } = environment
  return { variables, home, dataFolder, ...(cudaFolder && { cudaFolder }), ...(nativeFolder && { nativeFolder }) }
}
