import { ServerError } from '../../core/errors.ts'
import type { ModelEntry } from '../../core/model.ts'
import type { CudaPlan } from '../../platform/cuda/cuda-plan.ts'

interface DeviceFacts {
  /** What the libraries compute on here. */
  readonly device: string
  readonly cuda: CudaPlan | undefined
}

/** What is to be told of a model that runs on the processor though the libraries are for GPUs, a clause each. Pure. */
export function deviceNotes({ load }: Pick<ModelEntry, 'load'>, { device, cuda }: DeviceFacts): readonly string[] {
  if (device !== 'cpu' || load.gpuLayers === 0 || cuda === undefined) return []
  // What to do about a driver was said when the server started, and most people with none want none.
  const isPlain = cuda.type === 'leave' && cuda.reason === 'no-driver'
  return [`runs on the CPU: ${problemOf(cuda)}${isPlain ? '' : `. ${remedyOf(cuda)}`}`]
}

/**
 * Throws `gpu_required` where a model would run on the processor alone. One that asks for no layer on the GPU is as it was
 * wanted, and one of which only a part fits there is not refused either. Pure.
 */
export function requireGpu(
  { id, load }: Pick<ModelEntry, 'id' | 'load'>,
  { device, cuda, gpuLayers }: DeviceFacts & { readonly gpuLayers: number },
): void {
  if (load.gpuLayers === 0 || gpuLayers > 0) return
  if (device !== 'cpu')
    throw new ServerError('gpu_required', {
      model: id,
      problem: 'not one of its layers fits in the memory of the GPU that is free',
      remedy: 'Unload other models, choose a smaller one, or lower n_ctx or slots.',
    })
  const facts = cuda ? { problem: problemOf(cuda), remedy: remedyOf(cuda) } : { problem: 'there is none' }
  throw new ServerError('gpu_required', { model: id, ...facts })
}

const problemOf = (cuda: CudaPlan) =>
  cuda.type === 'leave'
    ? `CUDA cannot be used: ${cuda.problem}`
    : `the library for CUDA ${cuda.major} found no GPU, though the driver has one`

const remedyOf = (cuda: CudaPlan) => (cuda.type === 'leave' ? cuda.remedy : '`hearth doctor` says more.')
