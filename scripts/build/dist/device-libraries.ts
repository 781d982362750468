import { readFileSync } from 'node:fs'
import type { Target } from '../targets.ts'
import type { Component } from './component.ts'
import type { CarriedFile } from './executable-contents.ts'
import { keptText } from './package-licence.ts'

/**
 * The libraries whose code compilers have put from headers into ggml's part for a GPU, which is among these files. Those of
 * its driver are not carried.
 */
export function deviceLibraries(device: Target['device'], files: readonly CarriedFile[]): readonly Component[] {
  if (device === 'vulkan') return [vulkanHeaders()]
  if (device !== 'cuda') return []
  const library = files.find(({ name }) => /(?:^|\/)(?:lib)?ggml-cuda\./.test(name))
  return [computeLibraries(library && computeLibrariesVersion(readFileSync(library.path)))]
}

const vulkanHeaders = (): Component => ({
  name: 'Vulkan-Hpp',
  kind: 'library',
  licence: 'Apache-2.0 OR MIT',
  texts: [keptText('devices/vulkan-hpp.txt', 'Vulkan-Hpp')],
})

const computeLibraries = (version: string | undefined): Component => ({
  name: 'CUDA Core Compute Libraries (CUB, Thrust, libcu++)',
  kind: 'library',
  ...(version && { version, purl: `pkg:github/nvidia/cccl@v${version}` }),
  licence: 'BSD-3-Clause AND Apache-2.0 AND Apache-2.0 WITH LLVM-exception',
  texts: [keptText('devices/cuda-core-compute-libraries.txt', 'CUDA’s Core Compute Libraries')],
})

/** As it stands in the names of what was compiled from them: `THRUST_300104_…` is 3.1.4. */
export function computeLibrariesVersion(library: Buffer): string | undefined {
  const marker = 'THRUST_'
  for (let at = library.indexOf(marker); at >= 0; at = library.indexOf(marker, at + 1)) {
    const [, digits] = /^THRUST_(\d{6,8})_/.exec(library.toString('latin1', at, at + 16)) ?? []
    if (!digits) continue
    const number = Number(digits)
    return `${Math.floor(number / 100_000)}.${Math.floor(number / 100) % 1000}.${number % 100}`
  }
  return undefined
}
