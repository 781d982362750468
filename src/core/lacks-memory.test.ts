import { expect, test } from 'bun:test'
import { tellsOfLackOfMemory } from './lacks-memory.ts'

test('complaints of llama.cpp and of the system about memory are told from others', () => {
  for (const complaint of [
    'llama_model_load: error loading model: unable to allocate CPU buffer',
    'ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 9000000000000',
    'llama_init_from_model: failed to initialize the context: failed to allocate buffer for kv cache',
    'ggml_backend_cuda_buffer_type_alloc_buffer: allocating 4096.00 MiB on device 0: cudaMalloc failed: out of memory',
    'ggml_vulkan: Device memory allocation of size 1 failed: vk::Device::allocateMemory: ErrorOutOfDeviceMemory',
    "terminate called after throwing an instance of 'std::bad_alloc'",
    'mmap failed: Cannot allocate memory',
  ])
    expect([complaint, tellsOfLackOfMemory(complaint)]).toEqual([complaint, true])
  for (const other of [
    "llama_model_load: error loading model: unknown model architecture: 'x'",
    'GGML_ASSERT(alloc != nullptr) failed',
    'key not found in model: llama.context_length',
    'tensor data is not within the file bounds, model is corrupted or incomplete',
  ])
    expect([other, tellsOfLackOfMemory(other)]).toEqual([other, false])
})
