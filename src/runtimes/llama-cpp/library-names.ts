import type { BackEnd } from '../../core/native-report.ts'

/** The library of a back-end among file names or paths: `libggml-cuda.so`, `ggml-cpu-haswell.dll` … Pure. */
export function libraryIn(names: readonly string[], backEnd: BackEnd): string | undefined {
  return names.find((name) =>
    new RegExp(`(?:^|[/\\\\])(?:lib)?ggml-${backEnd}(?:-[\\w.]+?)?\\.(?:so|dll|dylib)$`).test(name),
  )
}

/** What a CPU library was compiled for, as its name says; nothing where there is one for all. Pure. */
export function variantOf(library: string | undefined): string | undefined {
  return /ggml-cpu-([\w.]+?)\.(?:so|dll|dylib)$/.exec(library ?? '')?.[1]
}

/** The version of llama.cpp that a folder of libraries belongs to: they carry it in their names. Pure. */
export function versionOfLibraries(names: readonly string[]): string | undefined {
  return names
    .map((name) => /^(?:lib)?llama\.(?:[a-z]+\.)?(v?\d[\w.-]*?)\.(?:so|dll|dylib)$/.exec(name)?.[1])
    .find(Boolean)
}

/** The version of the CUDA runtime among loaded libraries: files are named `libcudart.so.13.0.48`. Pure. */
export function cudaRuntimeIn(loaded: readonly string[]): string | undefined {
  return loaded.map((path) => /libcudart\.so\.(\d[\d.]*)$/.exec(path)?.[1]).find(Boolean)
}

/** What a CPU library was compiled to use, out of `CPU : SSE3 = 1 | AVX2 = 1 | LLAMAFILE = 1 | … |`. Pure. */
export function cpuFeaturesOf(systemInfo: string): readonly string[] {
  const [, section = ''] = /CPU : (.*?)(?=\| \w+ : |$)/s.exec(systemInfo) ?? []
  return [...section.matchAll(/(\w+) = 1\b/g)]
    .map(([, name]) => name as string)
    .filter((name) => !notOfProcessors.has(name))
}

/** Ways in which the library was compiled that are told among them. */
const notOfProcessors: ReadonlySet<string> = new Set(['LLAMAFILE', 'OPENMP', 'REPACK', 'ACCELERATE', 'KLEIDIAI'])
