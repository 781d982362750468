import { expect, test } from 'bun:test'
import { fakeNativeReport, fakeSystemInfo } from '../../../test/fakes/fake-system.ts'
import type { NativeState } from '../../core/native-report.ts'
import { fromRecipes } from './recipes.ts'
import { fromSystemInfo } from './system-info.ts'
import { withoutFolders } from './without-folders.ts'

const tell = (native: NativeState, verbose = false) => fromSystemInfo({ ...fakeSystemInfo, native }, { verbose })

test('without being asked to be verbose it tells no path at all', () => {
  expect(JSON.stringify(tell(fakeSystemInfo.native))).not.toContain('/home/')
  const problem = 'they have to be unpacked into /home/ada/.local/share/hearth/native, which cannot be written'
  expect(tell({ state: 'failed', problem }).llama_cpp).toEqual({
    state: 'failed',
    problem: 'they have to be unpacked into native, which cannot be written',
  })
  expect(tell({ state: 'failed', problem }, true).llama_cpp.problem).toBe(problem)
})

test('a back-end that failed is told with its reason, without the folders in it', () => {
  const problem = '/home/ada/native/libggml-cuda.so: undefined symbol: cublasSgemm_v2'
  const report = { ...fakeNativeReport, backEnds: [{ backEnd: 'cuda', outcome: 'failed', problem } as const] }
  expect(tell({ state: 'ready', report }).llama_cpp.back_ends).toEqual([
    { id: 'cuda', outcome: 'failed', problem: 'libggml-cuda.so: undefined symbol: cublasSgemm_v2' },
  ])
})

test('the memory of GPUs is told where there are some', () => {
  const report = {
    ...fakeNativeReport,
    device: 'cuda' as const,
    deviceMemory: { totalBytes: 100, freeBytes: 40 },
    cudaRuntime: '13.0.48',
  }
  const { llama_cpp, versions } = tell({ state: 'ready', report })
  expect(llama_cpp).toMatchObject({ device: 'cuda', device_memory_total_bytes: 100, device_memory_free_bytes: 40 })
  expect(versions.cuda_runtime).toBe('13.0.48')
  expect(tell(fakeSystemInfo.native).llama_cpp).not.toHaveProperty('device_memory_total_bytes')
})

test.each([
  ['libcudart.so.13: cannot open shared object file', 'libcudart.so.13: cannot open shared object file'],
  ['/opt/a/lib.so: wrong ELF class', 'lib.so: wrong ELF class'],
  ["dlopen('/Users/ada/x/lib.dylib')", "dlopen('lib.dylib')"],
  ['C:\\Users\\ada\\native\\ggml.dll is missing', 'ggml.dll is missing'],
  ['unpacked into /home/ada/native, which is full', 'unpacked into native, which is full'],
  ['sse/avx and and/or are no paths', 'sse/avx and and/or are no paths'],
])('%s → %s', (text, told) => {
  expect(withoutFolders(text)).toBe(told)
})

test('a recipe of which nothing is known yet is neither available nor not', () => {
  const recipe = { id: 'llama-cpp-cpu', runtime: 'llama-cpp', summary: 'GGUF', isDefault: false }
  expect(fromRecipes([recipe]).data[0]).toMatchObject({ available: null, default: false })
})
