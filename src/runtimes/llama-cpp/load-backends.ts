import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { messageOf } from '../../core/errors.ts'
import type { CudaPlan } from '../../platform/cuda/cuda-plan.ts'
import { openSharedLibrary } from '../../platform/loader/open-shared-library.ts'
import type { Addon } from './addon.ts'

export interface BackendsCall {
  readonly addon: Pick<Addon, 'loadBackends' | 'getGpuType'>
  /** Where the addon and its libraries lie. */
  readonly folder: string
  /** What was found out about CUDA; absent: the libraries are not for it. */
  readonly cuda?: CudaPlan | undefined
  /** By default the loader of the system. */
  readonly open?: (path: string) => void
}

/**
 * Has ggml load its back-ends: the best CPU library, and the one for GPUs where there is a use for it. Answers what has become
 * of the plan: a runtime that cannot be opened is no runtime.
 */
export function loadBackends({ addon, folder, cuda, open = openSharedLibrary }: BackendsCall): CudaPlan | undefined {
  addon.loadBackends()
  if (addon.getGpuType() !== undefined) return cuda
  const opened = cuda?.type === 'use' ? openRuntime(cuda, open) : cuda
  // ggml opens every library of a folder that can be opened, so there may be none that must not be used.
  if (opened?.type === 'leave' && (opened.reason === 'old-driver' || opened.reason === 'unfit-gpu'))
    loadForCpu(addon, folder)
  else if (opened && 'major' in opened && opened.major === 12) {
    // Also where no runtime was found: the one of 13 that the loader may know would fail at the first kernel.
    addon.loadBackends(join(folder, 'fallback'))
    loadForCpu(addon, folder)
  } else addon.loadBackends(folder)
  return opened
}

/** The library of ggml finds them by their names then, wherever they lie. */
function openRuntime(plan: CudaPlan & { type: 'use' }, open: (path: string) => void): CudaPlan {
  try {
    for (const file of plan.runtime.files) open(file)
    return plan
  } catch (error) {
    return {
      type: 'leave',
      reason: 'no-runtime',
      problem: `the CUDA runtime in ${plan.runtime.folder} cannot be opened: ${messageOf(error)}`,
      remedy:
        plan.runtime.source === 'hand'
          ? 'Correct HEARTH_CUDA_DIR, or unset it.'
          : 'Run `hearth cuda install`, which fetches one that is tried before any other.',
      major: plan.major,
    }
  }
}

/**
 * Of the folder only what is for the CPU, by a folder of links to it. Where links cannot be had (Windows) everything is
 * loaded: a library for a CUDA that the driver cannot run finds no GPU.
 */
function loadForCpu(addon: BackendsCall['addon'], folder: string): void {
  let links: string | undefined
  try {
    if (process.platform !== 'win32') links = linksToCpu(folder)
    addon.loadBackends(links ?? folder)
  } finally {
    // What is open stays so without its name.
    if (links !== undefined) rmSync(links, { recursive: true, force: true })
  }
}

function linksToCpu(folder: string): string | undefined {
  let links: string | undefined
  try {
    links = mkdtempSync(join(tmpdir(), 'hearth-cpu-'))
    const names = readdirSync(folder).filter((name) => /^(?:lib)?ggml-cpu\b/.test(name))
    for (const name of names) symlinkSync(join(folder, name), join(links, name))
    return links
  } catch {
    if (links !== undefined) rmSync(links, { recursive: true, force: true })
    return undefined
  }
}

/**
 * Does something with another current folder, and comes back: the libraries of node-llama-cpp name the current folder among
 * those in which what they need is looked for (an empty part of their RUNPATH), and a stranger's files may lie there.
 */
export async function inFolder<T>(folder: string, work: () => Promise<T> | T): Promise<T> {
  const before = currentFolder()
  process.chdir(folder)
  try {
    return await work()
  } finally {
    if (before !== undefined) process.chdir(before)
  }
}

/** None where it was removed. */
function currentFolder(): string | undefined {
  try {
    return process.cwd()
  } catch {
    return undefined
  }
}
