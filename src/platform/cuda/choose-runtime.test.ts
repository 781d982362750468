import { expect, test } from 'bun:test'
import { chooseRuntime, type SeenPlace } from './choose-runtime.ts'
import { runtimeLibraries } from './runtime-libraries.ts'

const linux = runtimeLibraries('linux', 13)

const place = (source: SeenPlace['source'], folders: Readonly<Record<string, readonly string[]>>): SeenPlace => ({
  source,
  folders: Object.entries(folders).map(([folder, names]) => ({
    folder,
    files: Object.fromEntries(names.map((name) => [name, `${folder}/${name}`])),
  })),
})

const blas = ['libcublas.so.13', 'libcublasLt.so.13']

test('what lies together is taken from the first place, in the order in which it is opened', () => {
  const places = [
    place('own', { '/data/cuda/13': ['libcudart.so.13', ...blas] }),
    place('toolkit', { '/usr/local/cuda/lib64': ['libcudart.so.13', ...blas] }),
  ]
  expect(chooseRuntime(linux, places)).toEqual({
    runtime: {
      source: 'own',
      folder: '/data/cuda/13',
      files: ['libcudart.so.13', 'libcublasLt.so.13', 'libcublas.so.13'].map((name) => `/data/cuda/13/${name}`),
    },
  })
})

test('cudart may lie elsewhere, and nearest first', () => {
  const places = [
    place('loader', { '/usr/lib': ['libcudart.so.13'] }),
    place('python', { '/site/nvidia/cublas/lib': blas, '/site/nvidia/cuda_runtime/lib': ['libcudart.so.13'] }),
  ]
  expect(chooseRuntime(linux, places)).toMatchObject({
    runtime: {
      source: 'python',
      files: ['/site/nvidia/cuda_runtime/lib/libcudart.so.13', expect.any(String), expect.any(String)],
    },
  })
  expect(chooseRuntime(linux, [places[0] as SeenPlace, place('ollama', { '/o': blas })])).toMatchObject({
    runtime: { source: 'ollama', files: ['/usr/lib/libcudart.so.13', '/o/libcublasLt.so.13', '/o/libcublas.so.13'] },
  })
})

test('halves of cuBLAS from two folders are not put together', () => {
  const places = [
    place('toolkit', { '/a': ['libcudart.so.13', 'libcublas.so.13'] }),
    place('python', { '/b': ['libcublasLt.so.13'] }),
  ]
  expect(chooseRuntime(linux, places)).toEqual({ missing: ['libcublasLt.so.13', 'libcublas.so.13'] })
})

test('what is missing everywhere is named', () => {
  expect(chooseRuntime(linux, [])).toEqual({ missing: ['libcudart.so.13', 'libcublasLt.so.13', 'libcublas.so.13'] })
  expect(chooseRuntime(linux, [place('own', { '/data': blas })])).toEqual({ missing: ['libcudart.so.13'] })
})

test('on Windows the library for CUDA 13 carries cudart in itself', () => {
  const folder = 'C:\\cuda\\bin\\x64'
  const names = ['cublas64_13.dll', 'cublasLt64_13.dll']
  const found = chooseRuntime(runtimeLibraries('win32', 13), [place('toolkit', { [folder]: names })])
  expect(found).toMatchObject({ runtime: { files: [`${folder}/cublasLt64_13.dll`, `${folder}/cublas64_13.dll`] } })
  expect(chooseRuntime(runtimeLibraries('win32', 12), [])).toMatchObject({
    missing: ['cudart64_12.dll', 'cublasLt64_12.dll', 'cublas64_12.dll'],
  })
})
