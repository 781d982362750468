import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { messageOf } from '../../core/errors.ts'
import { type AddonContext, type AddonSampler, addonName } from './addon.ts'
import type { Knocks, Libraries } from './llama-cpp-runtime.ts'

/**
 * Our own native module (native/hearth-step.cpp): decodes and samples on the thread that asks, with ggml threads that
 * stay. All of its functions throw plain errors.
 */
export interface NativeStep {
  /** The version of node-llama-cpp whose addon it was built for. */
  readonly version: string
  /** Finds the addon that is loaded already. */
  useAddon(path: string): void
  /** From now on the context computes with threads that stay, and that spin before they sleep, ggml's `poll` times about 1.5 ms. */
  attach(context: AddonContext, threads: number, poll: number): void
  /** Before the context is disposed of. */
  detach(context: AddonContext): void
  /**
   * As `decodeBatch`, here and now. With the descriptor of a socket it stops, on a CPU, when more bytes have come there than
   * were heard of, and answers false: then some of the batch may be in memory, and counts for nothing.
   */
  decode(context: AddonContext, descriptor?: number, heard?: number): boolean
  /**
   * As `decodeBatch`, here and now, with so many threads that stay. Answers false when it was given up after so many
   * milliseconds, and nothing came of the batch, which is still there. Only for a context that has no threads that stay; it
   * computes as before once this is done. Throws where the context is not laid out as expected.
   */
  decodeOn(context: AddonContext, threads: number, milliseconds: number): boolean
  /** As `sampleToken` without more arguments, here and now. */
  choose(context: AddonContext, batchIndex: number, sampler: AddonSampler): number
  /** What the last decode made of the first `count` sequences: pooled vectors, or a ranking model's scores. */
  vectors(context: AddonContext, count: number): Float32Array[]
}

/** They sleep at once: a thread that spins between two decodes takes a core from what is done there (4 to 10 % of a batch of 8). */
const poll = 0

/**
 * Loads the module for the addon in the folder, which must be loaded. Nothing where there is no such file: not every
 * platform's build has one, and all goes on without, a little slower. One that does not work is left out and told.
 */
export function openNativeStep(
  { folder, version, step: path }: Libraries,
  onProblem: (problem: string) => void,
): NativeStep | undefined {
  if (path === undefined || !existsSync(path)) return undefined
  try {
    const loaded: { exports: unknown } = { exports: {} }
    process.dlopen(loaded, path, constants.dlopen.RTLD_NOW ?? 2)
    const step = loaded.exports as NativeStep
    if (version !== 'custom' && step.version !== version)
      throw new Error(`it was built for ${step.version}, not ${version}`)
    step.useAddon(join(folder, addonName))
    return step
  } catch (error) {
    onProblem(`${path} is left out: ${messageOf(error)}`)
    return undefined
  }
}

interface Acceleration {
  readonly step: NativeStep
  readonly threads: number
  /** Called right before a decode takes the thread: the last moment at which anything can be written. */
  readonly beforeDecode: () => void
  /** A socket on which something comes when there is new work. */
  readonly knocks: () => Knocks | undefined
  /** Whether a decode can stop: on a CPU only. */
  readonly canStop: boolean
}

/**
 * Makes a context decode and sample on the JavaScript thread. A decode begins one turn of the event loop after it was
 * asked for, so that everything that was about to happen has happened; while it runs, no JavaScript does, which would
 * take a core from ggml's threads. What asks for more than a token (chances, logits) still goes to the pool.
 */
export function accelerate(
  context: AddonContext,
  { step, threads, beforeDecode, knocks, canStop }: Acceleration,
): AddonContext {
  step.attach(context, threads, poll)
  const sampleInPool = context.sampleToken.bind(context) as (...given: unknown[]) => Promise<unknown>
  const dispose = context.dispose.bind(context)
  const decode = (knocks?: Knocks) =>
    new Promise<boolean>((resolve, reject) => {
      setImmediate(() => {
        try {
          beforeDecode()
          resolve(step.decode(context, knocks?.descriptor, knocks?.heard))
        } catch (error) {
          reject(error)
        }
      })
    })
  const sampleToken = async (batchIndex: number, sampler: AddonSampler, ...more: unknown[]) =>
    more.length > 0 ? sampleInPool(batchIndex, sampler, ...more) : step.choose(context, batchIndex, sampler)
  const disposeAll = async () => {
    step.detach(context)
    await dispose()
  }
  // The methods of native objects cannot be assigned to.
  return Object.defineProperties(context, {
    decodeBatch: { value: () => decode() },
    ...(canStop && { decodeUnlessKnocked: { value: () => decode(knocks()) } }),
    sampleToken: { value: sampleToken },
    dispose: { value: disposeAll },
  })
}
