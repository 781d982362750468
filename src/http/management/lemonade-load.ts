import { invalidParameter } from '../../core/errors.ts'
import type { LoadedFacts } from '../../core/model.ts'
import type { LoadModelRequest } from '../../protocol/management/load.wire.ts'

/** Throws `invalid_parameter` for what Lemonade would follow and nobody here can: a load without it would be another one. */
export function checkForeignOptions({ llamacpp_args }: LoadModelRequest): void {
  if (llamacpp_args?.trim())
    throw invalidParameter(
      'llamacpp_args',
      'options of llama-server cannot be taken; send n_ctx, slots, n_gpu_layers, threads, cache_type_k and the like instead',
    )
}

/** Sentences about what Lemonade's clients asked for and was not done. */
export function notFollowed(
  { llamacpp_backend: backEnd, save_options }: LoadModelRequest,
  { device }: Pick<LoadedFacts, 'device'>,
): readonly string[] {
  return [
    ...(save_options
      ? ['save_options: what is said here holds until the server ends; config.yaml has what lasts.']
      : []),
    ...(backEnd && backEnd !== device
      ? [`llamacpp_backend: this build chooses itself, and runs it on ${device}.`]
      : []),
  ]
}
