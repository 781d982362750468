import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cpuFeaturesOf, cudaRuntimeIn, libraryIn, variantOf, versionOfLibraries } from './library-names.ts'

test('the library of a back-end, as files and as paths, on every system', () => {
  const linux = [
    'libggml-base.so',
    'libggml-cpu-haswell.so',
    'libggml-cuda.so',
    'libggml.v0.5.0.so',
    'llama-addon.node',
  ]
  expect(libraryIn(linux, 'cuda')).toBe('libggml-cuda.so')
  expect(libraryIn(linux, 'vulkan')).toBeUndefined()
  expect(libraryIn(['/a b/libggml-cpu-armv8.2_1.so'], 'cpu')).toBe('/a b/libggml-cpu-armv8.2_1.so')
  expect(libraryIn(['C:\\native\\ggml-vulkan.dll'], 'vulkan')).toBe('C:\\native\\ggml-vulkan.dll')
  expect(libraryIn(['libggml-metal.dylib'], 'metal')).toBe('libggml-metal.dylib')
})

test.each([
  ['/x/libggml-cpu-haswell.so', 'haswell'],
  ['libggml-cpu-armv8.2_1.so', 'armv8.2_1'],
  ['C:\\x\\ggml-cpu-icelake.dll', 'icelake'],
  ['libggml-cpu.so', undefined],
  [undefined, undefined],
])('what %p was compiled for', (library, variant) => {
  expect(variantOf(library)).toBe(variant)
})

test('llama.cpp carries its version in the names of its files, and it is the one that node-llama-cpp says', () => {
  const release = join(import.meta.dir, '../../../node_modules/node-llama-cpp/llama/binariesGithubRelease.json')
  const { release: expected } = JSON.parse(readFileSync(release, 'utf8')) as { release: string }
  expect(versionOfLibraries(['libllama-common.so', `libllama.${expected}.so`])).toBe(expected)
  expect(versionOfLibraries(['libllama.cuda.v0.5.0.so'])).toBe('v0.5.0')
  expect(versionOfLibraries(['libllama.so', 'libllama-common.so'])).toBeUndefined()
})

test('the CUDA runtime in use', () => {
  expect(cudaRuntimeIn(['/usr/lib/libc.so.6', '/usr/local/cuda/lib64/libcudart.so.13.0.48'])).toBe('13.0.48')
  expect(cudaRuntimeIn(['/usr/lib/libc.so.6'])).toBeUndefined()
})

test('features are those of the CPU library, not of another back-end, and only what is a feature', () => {
  const info =
    'CUDA : ARCHS = 500,610 | USE_GRAPHS = 1 | PEER_MAX_BATCH_SIZE = 128 | CPU : SSE3 = 1 | AVX2 = 1 | AVX512 = 0 | FMA = 1 | LLAMAFILE = 1 | OPENMP = 1 | REPACK = 1 | '
  expect(cpuFeaturesOf(info)).toEqual(['SSE3', 'AVX2', 'FMA'])
  expect(cpuFeaturesOf('CPU : NEON = 1 | DOTPROD = 1 | ')).toEqual(['NEON', 'DOTPROD'])
  expect(cpuFeaturesOf('')).toEqual([])
})
