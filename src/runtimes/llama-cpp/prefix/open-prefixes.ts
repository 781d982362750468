import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { messageOf } from '../../../core/errors.ts'
import type { PromptCacheOptions } from '../../../core/model.ts'
import type { AddonContext } from '../addon.ts'
import type { Loading } from '../loading.ts'
import { cacheBytesPerToken } from '../memory/cache.ts'
import { type ReuseCosts, reuseCosts } from './reuse-costs.ts'
import { openLastingFolder, openMemoryFolder, type StateFolder } from './state-folder.ts'
import { StateStore } from './state-store.ts'

const mebibyte = 2 ** 20
const mostAutomaticBytes = 2048 * mebibyte

/** What a generator needs to reuse what was read before. */
export interface Prefixes {
  readonly reuseCosts: ReuseCosts
  /** Absent: nothing is kept beyond the slots. */
  readonly states?: StateStore
}

/**
 * Never throws: without a folder that works the model goes on without states, and says so. `onStates` is told the bytes of
 * main memory that they take whenever that has changed.
 */
export function openPrefixes(loading: Loading, context: AddonContext, onStates: (bytes: number) => void): Prefixes {
  const { entry, fitted, gpuLayers } = loading
  const costs = reuseCosts({
    slotBytes: fitted.contextSize * cacheBytesPerToken(entry.header, entry.load.cacheTypes),
    weightBytes: entry.header.tensorBytes,
    isOnGpu: gpuLayers > 0,
  })
  const states = openStates(loading, context, onStates)
  return { reuseCosts: costs, ...(states && { states }) }
}

function openStates(
  loading: Loading,
  context: AddonContext,
  onStates: (bytes: number) => void,
): StateStore | undefined {
  const { entry, fitted, spareBytes, availableBytes } = loading
  const { promptCache } = entry.load
  if (!promptCache) return undefined
  const onProblem = (problem: string) => console.error(problem)
  try {
    const identity = identityOf(loading)
    const folder = openFolder(promptCache, identity, spareBytes)
    if (!folder) return undefined
    const bytesPerToken = cacheBytesPerToken(entry.header, entry.load.cacheTypes)
    const { contextSize } = fitted
    const watch = folder.isLasting ? {} : { availableBytes, onBytes: onStates }
    return new StateStore({ context, folder, identity, contextSize, bytesPerToken, onProblem, ...watch })
  } catch (error) {
    onProblem(`prompts are cached in slots only: ${messageOf(error)}`)
    return undefined
  }
}

/** Bytes of main memory for states. Pure. */
export function memoryFor({ memory }: PromptCacheOptions, spareBytes: number): number {
  if (memory === 'auto') return Math.min(mostAutomaticBytes, Math.floor(spareBytes / 8))
  return Math.min(memory * mebibyte, Math.floor(spareBytes / 2))
}

function openFolder(cache: PromptCacheOptions, identity: string, spareBytes: number): StateFolder | undefined {
  if (cache.folder) return openLastingFolder(cache.folder, identity, cache.disk * mebibyte)
  const bytes = memoryFor(cache, spareBytes)
  return bytes > 0 ? openMemoryFolder(bytes) : undefined
}

/** The files that a state was computed with, and what decides how llama.cpp lays it out. */
function identityOf({ entry, fitted, device, gpuLayers }: Loading): string {
  const stampOf = (path: string) => {
    const { size, mtimeMs } = statSync(path)
    return [size, mtimeMs]
  }
  const { adapters = [], cacheTypes } = entry.load
  const facts = [...stampOf(entry.path), entry.header.architecture, fitted.slots, gpuLayers > 0 ? device : 'cpu']
  if (cacheTypes) facts.push(`${cacheTypes.key} ${cacheTypes.value}`)
  for (const { path, scale } of adapters) facts.push(path, scale, ...stampOf(path))
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32)
}
