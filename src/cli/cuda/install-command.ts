import { join, resolve } from 'node:path'
import process from 'node:process'
import { messageOf, ServerError } from '../../core/errors.ts'
import { size } from '../../models/pull/human-units.ts'
import type { CudaMajor } from '../../platform/cuda/runtime-libraries.ts'
import type { CommandContext } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { confirm } from '../confirm.ts'
import { progressFor } from '../progress-for.ts'
import { harmless } from '../styles.ts'
import { explainFailure } from './explain-failure.ts'
import { fetchWheels, type WheelsCall } from './fetch-wheels.ts'
import { findIndex } from './find-index.ts'
import { fittingMajor, gatherCuda, hasCudaLibraries } from './gather-cuda.ts'
import {
  downloadsFolder,
  forgetDownloads,
  type Installed,
  installedFrom,
  installFrom,
  installWheels,
  lockRuntime,
  majorsIn,
} from './install-runtime.ts'
import { type RuntimeWheel, runtimeWheels, sizesOf } from './runtime-packages.ts'

interface InstallWish {
  readonly context: CommandContext
  readonly major: CudaMajor
  readonly signal: AbortSignal
  /** What is fetched, and how; by default the table, as models are. */
  readonly wheels?: readonly RuntimeWheel[]
  readonly how?: WheelsCall['how']
  /** Where they come from; by default what this machine says. */
  readonly find?: typeof findIndex
}

/** `hearth cuda install`: resolves with the exit code. */
export async function installCuda(wish: InstallWish): Promise<number> {
  const { context, signal, major } = wish
  const { environment, flags } = context
  const display = progressFor(context)
  const call = { major, environment, signal, display }
  try {
    if (flags.from !== undefined) {
      await using _lock = await lockRuntime(call)
      return tell(context, await installFrom(call, resolve(environment.currentFolder, flags.from)), display)
    }
    const wheels = wish.wheels ?? wheelsFor(major)
    const before = await installedFrom(call, wheels)
    if (before) return tell(context, before, display, 'Already')
    const get = await prepareFetch(wish, wheels)
    if (get === 'declined') return 1
    await using _lock = await lockRuntime(call)
    // Another process may have done it meanwhile.
    const meanwhile = await installedFrom(call, wheels)
    if (meanwhile) return tell(context, meanwhile, display, 'Already')
    const installed = await installWheels(call, await get(display))
    await forgetDownloads(environment.dataFolder, major)
    return tell(context, installed, display)
  } catch (error) {
    signal.throwIfAborted()
    throw explainFailure(error, join(environment.dataFolder, 'cuda'))
  } finally {
    display.end()
  }
}

function wheelsFor(major: CudaMajor): readonly RuntimeWheel[] {
  const wheels = runtimeWheels(process.platform, process.arch, major)
  if (wheels.length > 0) return wheels
  throw new CommandError(
    `There is no CUDA library of ggml for ${process.platform} ${process.arch}, so no runtime for it either.`,
    'HEARTH_NATIVE_DIR and HEARTH_CUDA_DIR take libraries of your own.',
  )
}

/**
 * By the driver, which is asked in this process and may hold it up; where there is none, as while a container is built, by what
 * the folder has, and else the newer one.
 */
export async function chooseMajor(context: CommandContext): Promise<CudaMajor> {
  const state = await gatherCuda(context.environment)
  const major = fittingMajor(state)
  if (major !== undefined) return major
  const { driver, plan } = state
  if (driver.state === 'ready' && plan.type === 'leave')
    throw new CommandError(`${plan.problem}.`, `${plan.remedy} --major fetches a runtime all the same.`)
  const { from } = context.flags
  const there = from === undefined ? [] : await majorsIn(resolve(context.environment.currentFolder, from))
  const [taken = 13] = there
  const drivers = taken === 13 ? 'from 580 on' : 'of CUDA 12 on'
  context.writeError(
    `There is no NVIDIA driver that says which CUDA it runs; CUDA ${taken} is taken (drivers ${drivers}).\n`,
  )
  return taken
}

type Fetch = (display: ReturnType<typeof progressFor>) => Promise<readonly string[]>

/** Says what will be fetched, from where and under which licence, and asks. */
async function prepareFetch(wish: InstallWish, wheels: readonly RuntimeWheel[]): Promise<Fetch | 'declined'> {
  const { context, signal, major, how, find = findIndex } = wish
  const { environment, flags, writeError } = context
  const index = await find({ flag: flags.index, environment }).catch((error: unknown) => {
    throw new CommandError(`${messageOf(error)}.`, 'Correct it, or name another with --index URL.', { cause: error })
  })
  if (!index)
    throw new CommandError('Nothing on this machine says where Python packages come from.', byHand(wheels, major))
  const { fetched, kept } = sizesOf(wheels)
  if (!hasCudaLibraries(environment))
    writeError(
      'This program carries no CUDA libraries: the runtime is for another one; `hearth cuda status` says more.\n',
    )
  writeError(
    [
      `NVIDIA’s runtime for CUDA ${major}: ${wheels.map((wheel) => `${wheel.package} ${wheel.version}`).join(', ')}`,
      `${size(fetched)} to fetch from ${index.url.host} (${index.source}), ${size(kept)} on the disk, in ${environment.dataFolder}`,
      'Licence: NVIDIA CUDA Toolkit End User License Agreement, https://docs.nvidia.com/cuda/eula',
      '',
    ].join('\n'),
  )
  const question = { text: 'Fetch them under this licence?', otherwise: 'Nothing is fetched' }
  if (flags.yes !== 'true' && !(await confirm(question, context, signal))) return 'declined'
  const folder = downloadsFolder(environment.dataFolder)
  return async (display) => {
    try {
      return await fetchWheels({
        ...{ wheels, index, folder, variables: environment.variables, signal, display },
        ...(how && { how }),
      })
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof ServerError) throw error
      throw new CommandError(`${messageOf(error)}.`, `The same command continues. ${byHand(wheels, major)}`, {
        cause: error,
      })
    }
  }
}

/** What to type on a machine that has pip and a network. Pure. */
export function byHand(wheels: readonly RuntimeWheel[], major: CudaMajor): string {
  const platforms = process.platform === 'win32' ? ['win_amd64'] : ['manylinux_2_27_x86_64', 'manylinux2014_x86_64']
  const names = wheels.map((wheel) => `${wheel.package}==${wheel.version}`)
  const parameters = [
    '--no-deps --only-binary=:all:',
    ...platforms.map((platform) => `--platform ${platform}`),
    '--dest cuda-wheels',
    ...names,
  ]
  return `Name an index with --index URL; or, on a machine with pip, \`pip download ${parameters.join(' ')}\`, and here \`hearth cuda install --major ${major} --from cuda-wheels\`.`
}

function tell(
  context: CommandContext,
  { folder, runtime }: Installed,
  display: ReturnType<typeof progressFor>,
  when?: 'Already',
): number {
  display.end()
  const bytes = runtime.files.reduce((sum, file) => sum + file.bytes, 0)
  context.write(
    harmless(`${when ? 'Already installed' : 'Installed'} in ${folder} (${size(bytes)}): ${runtime.from}.\n`),
  )
  context.writeError(
    'A running server uses it when it is started again; `hearth cuda status` says whether models run on the GPU.\n',
  )
  return 0
}
