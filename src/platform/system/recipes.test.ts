import { expect, test } from 'bun:test'
import { fakeNativeReport } from '../../../test/fakes/fake-system.ts'
import type { BackEndAttempt, NativeState } from '../../core/native-report.ts'
import type { Gpu } from '../../core/system.ts'
import { recipesOf } from './recipes.ts'

const linux = { platform: 'linux', architecture: 'x64' }
const nvidia: Gpu = { name: 'NVIDIA RTX A2000', vendor: 'NVIDIA' }

function recipes(native: NativeState, gpus: readonly Gpu[] = []) {
  const found = recipesOf({ native, gpus, operatingSystem: linux })
  return (id: string) => found.find((recipe) => recipe.id === id)
}

const libraries = (attempt: BackEndAttempt): NativeState => ({
  state: 'ready',
  report: {
    ...fakeNativeReport,
    backEnds: fakeNativeReport.backEnds.map((known) => (known.backEnd === attempt.backEnd ? attempt : known)),
  },
})

test('on a machine without a GPU the CPU works, and nobody is sent after libraries that are of no use', () => {
  const recipe = recipes({ state: 'ready', report: fakeNativeReport })
  expect(recipe('llama-cpp-cpu')).toMatchObject({ isAvailable: true, isDefault: true })
  expect(recipe('llama-cpp-cuda')).toEqual({
    id: 'llama-cpp-cuda',
    runtime: 'llama-cpp',
    backEnd: 'cuda',
    summary: 'GGUF models through llama.cpp on NVIDIA GPUs (CUDA)',
    isAvailable: false,
    isDefault: false,
    reason: 'This build carries no CUDA libraries. No GPU was found that could use them.',
  })
  expect(recipe('llama-cpp-metal')?.reason).toBe('Metal is a part of macOS only.')
})

test('with a GPU and without libraries for it, it is said which ones are missing', () => {
  const recipe = recipes({ state: 'ready', report: fakeNativeReport }, [nvidia])
  expect(recipe('llama-cpp-cuda')).toMatchObject({
    reason: 'This build carries no CUDA libraries.',
    remedy:
      'Use the executable hearth-linux-x64-cuda in place of this one, or set HEARTH_NATIVE_DIR to the folder bins/linux-x64-cuda of the npm package @node-llama-cpp/linux-x64-cuda, version 3.22.1.',
  })
})

test.each([
  [
    'libcudart.so.13: cannot open shared object file: No such file or directory',
    'Run `hearth cuda install --major 13`, which fetches NVIDIA’s libraries once; if they are there, set HEARTH_CUDA_DIR to their folder.',
  ],
  [
    'libcublas.so.12: cannot open shared object file: No such file or directory',
    'Run `hearth cuda install --major 12`, which fetches NVIDIA’s libraries once; if they are there, set HEARTH_CUDA_DIR to their folder.',
  ],
  [
    'libcudart.so.11.0: cannot open shared object file: No such file or directory',
    'These libraries were built with a CUDA that Hearth does not fetch: put the folder of libcudart.so.11.0 into LD_LIBRARY_PATH, on Windows into PATH.',
  ],
  [
    'libcuda.so.1: cannot open shared object file: No such file or directory',
    'Install the NVIDIA driver; in a container, start it with the GPU (docker run --gpus all).',
  ],
  [
    'ggml_cuda_init: failed to initialize CUDA: CUDA driver version is insufficient for CUDA runtime version',
    'Update the NVIDIA driver: it is older than this build of CUDA needs.',
  ],
  [
    'ggml_cuda_init: failed to initialize CUDA: no CUDA-capable device is detected',
    'Make an NVIDIA GPU visible: check CUDA_VISIBLE_DEVICES, and in a container start it with the GPU (docker run --gpus all).',
  ],
])('what the system says is told with what to do: %s', (problem, remedy) => {
  const recipe = recipes(libraries({ backEnd: 'cuda', outcome: 'failed', problem }))('llama-cpp-cuda')
  expect(recipe).toMatchObject({ isAvailable: false, reason: `${problem}.`, remedy })
})

test('what whoever looked knows to do goes before what is read out of the words of the system', () => {
  const attempt = { problem: 'libcublas.so.13 of CUDA 13 is missing', remedy: 'Run `hearth cuda install`.' }
  const recipe = recipes(libraries({ backEnd: 'cuda', outcome: 'failed', ...attempt }))('llama-cpp-cuda')
  expect(recipe).toMatchObject({ reason: `${attempt.problem}.`, remedy: attempt.remedy })
})

test('Vulkan without its loader, and without a driver', () => {
  const failed = (problem: string) =>
    recipes(libraries({ backEnd: 'vulkan', outcome: 'failed', problem }))('llama-cpp-vulkan')
  const loader = failed('libvulkan.so.1: cannot open shared object file: No such file or directory')
  expect(loader?.remedy).toStartWith('Install the Vulkan loader')
  expect(failed('its library is here, and found no GPU: none is visible')?.remedy).toStartWith(
    'Install the driver of the GPU',
  )
})

test('a GPU in use is the default, and the CPU still works', () => {
  const report = {
    ...fakeNativeReport,
    device: 'cuda' as const,
    backEnds: [
      { backEnd: 'cpu', outcome: 'idle' },
      { backEnd: 'cuda', outcome: 'used' },
    ] satisfies BackEndAttempt[],
  }
  const recipe = recipes({ state: 'ready', report }, [nvidia])
  expect(recipe('llama-cpp-cuda')).toMatchObject({ isAvailable: true, isDefault: true })
  expect(recipe('llama-cpp-cpu')).toMatchObject({ isAvailable: true, isDefault: false })
})

test('while nothing is known nothing is claimed, and where the libraries fail nothing works', () => {
  expect(recipes({ state: 'reading' })('llama-cpp-cpu')?.isAvailable).toBeUndefined()
  const remedy = 'Make room on the disk.'
  expect(recipes({ state: 'failed', problem: 'the disk is full', remedy })('llama-cpp-cpu')?.remedy).toBe(remedy)
  expect(recipes({ state: 'failed', problem: 'the disk is full' })('llama-cpp-cpu')).toMatchObject({
    isAvailable: false,
    isDefault: false,
    reason: 'the disk is full.',
    remedy: 'hearth doctor says more.',
  })
})

test('what is not built says so', () => {
  const recipe = recipes({ state: 'ready', report: fakeNativeReport })
  for (const id of ['onnx', 'upstream']) {
    expect(recipe(id)).toMatchObject({ isAvailable: false, isDefault: false })
    expect(recipe(id)?.reason).toStartWith('This version of Hearth does not')
  }
})
