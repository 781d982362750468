import type { BackEnd } from '../../core/native-report.ts'
import { vulkanLoaderRemedy } from '../loader/loader-problem.ts'

/** What to do about a back-end that failed, by what the system said; nothing where that tells nothing. Pure. */
export function missingLibraryRemedy(backEnd: BackEnd, problem: string): string | undefined {
  const [, library] =
    /([\w.+-]+\.(?:so[.\d]*|dll|dylib))\b[^\n]*(?:cannot open|not found|could not be found)/i.exec(problem) ?? []
  if (library && /libcuda\.so|nvcuda\.dll/.test(library))
    return 'Install the NVIDIA driver; in a container, start it with the GPU (docker run --gpus all).'
  const [, cudaVersion] = /(?:cudart|cublas(?:Lt)?)(?:64_|\.so\.)(\d+)/i.exec(library ?? '') ?? []
  if (cudaVersion && !/^1[23]$/.test(cudaVersion))
    return `These libraries were built with a CUDA that Hearth does not fetch: put the folder of ${library} into LD_LIBRARY_PATH, on Windows into PATH.`
  if (cudaVersion)
    return `Run \`hearth cuda install --major ${cudaVersion}\`, which fetches NVIDIA’s libraries once; if they are there, set HEARTH_CUDA_DIR to their folder.`
  if (library && /vulkan/i.test(library)) return `${vulkanLoaderRemedy} and the driver of the GPU.`
  if (/driver version is insufficient/i.test(problem))
    return 'Update the NVIDIA driver: it is older than this build of CUDA needs.'
  if (/no CUDA-capable device|no device|no GPU/i.test(problem)) {
    return backEnd === 'cuda'
      ? 'Make an NVIDIA GPU visible: check CUDA_VISIBLE_DEVICES, and in a container start it with the GPU (docker run --gpus all).'
      : 'Install the driver of the GPU; vulkaninfo --summary shows what Vulkan finds.'
  }
  return library ? `Install the package that has ${library}.` : undefined
}
