import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import type { CudaMajor } from '../../platform/cuda/runtime-libraries.ts'
import type { Command, CommandContext } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { flagsNotTaken } from '../flags-not-taken.ts'
import { reportProblems } from '../report-problems.ts'

const actions = ['status', 'install', 'remove'] as const
type Action = (typeof actions)[number]

/** Which flags an action takes. */
const flagsOf: Readonly<Record<Action, readonly string[]>> = {
  status: ['json'],
  install: ['from', 'major', 'index', 'yes'],
  remove: ['major', 'yes'],
}

/** Sees to NVIDIA's runtime libraries, which models on NVIDIA GPUs need besides the driver. */
export const cudaCommand: Command = {
  name: 'cuda',
  group: 'The program',
  summary: 'Say what is missing for NVIDIA GPUs, and fetch NVIDIA’s runtime libraries',
  usage: `${actions.join('|')} [OPTIONS]`,
  details:
    `Models run on NVIDIA GPUs where three things are here: the driver, a build of Hearth for CUDA, and NVIDIA's runtime (cudart and
cublas). status says which of them are, and what to type. The runtime is looked for in HEARTH_CUDA_DIR, where install puts it, where
the system's loader, toolkits, Python environments, Ollama and LM Studio have it. install fetches NVIDIA's redistributable packages
once, about 400 MB, from the index that pip uses here or that --index names, under NVIDIA's licence (the CUDA EULA), and keeps
three libraries for this and later versions. An interrupted download is continued. --from takes a folder with the wheels, or with the
libraries, for machines without a network. status ends with 1 where models run on the CPU.`.replaceAll('\n', ' '),
  examples: [
    { line: 'hearth cuda status', does: 'what is here, what is missing, and what to type' },
    { line: 'hearth cuda install', does: 'fetch what the driver of this machine wants' },
    { line: 'hearth cuda install --from /media/usb', does: 'from wheels that were fetched elsewhere' },
  ],
  flags: [
    { name: 'from', value: 'DIR', summary: 'install: a folder with wheels or libraries, in place of the network.' },
    {
      name: 'major',
      value: '12|13',
      summary: 'install: for drivers of CUDA 12, or 13. Default: by the driver. remove: only that one.',
    },
    { name: 'index', value: 'URL', summary: 'install: the package index (PEP 503). Default: that of pip.' },
    { name: 'yes', short: 'y', summary: 'install, remove: do not ask; NVIDIA’s licence is accepted.' },
    { name: 'json', summary: 'status: print JSON.' },
  ],
  operands: [1, 1],
  completes: actions,
  run: runCuda,
}

async function runCuda(context: CommandContext): Promise<number> {
  const [word = ''] = context.operands
  const action = actions.find((each) => each === word)
  const { major } = context.flags
  const wrong = [
    ...(action ? [] : [{ path: word, message: 'expected status, install or remove' }]),
    ...(major === undefined || /^1[23]$/.test(major)
      ? []
      : [{ path: '--major', message: `expected 12 or 13, found '${major}'` }]),
    ...(action ? flagsNotTaken(action, context.flags, flagsOf[action]) : []),
  ]
  if (reportProblems(wrong, context) || !action) return 2
  if (action !== 'remove') await requireCuda(context)
  const { interruptible } = await import('../interruptible.ts')
  const wanted = major === undefined ? undefined : (Number(major) as CudaMajor)
  // A driver that hangs holds this thread: Ctrl+C ends the process as long as nobody waits for it here.
  if (action === 'status') return await status(context)
  if (action === 'remove') return await interruptible((signal) => remove(context, wanted, signal))
  const { chooseMajor, installCuda } = await import('../cuda/install-command.ts')
  const chosen = wanted ?? (await chooseMajor(context))
  return await interruptible((signal) => installCuda({ context, major: chosen, signal }))
}

/** Throws a `CommandError` where there is no CUDA for machines like this one, and nobody brought libraries for it. */
async function requireCuda({ environment }: CommandContext): Promise<void> {
  const [{ hasCudaLibraries }, { withoutCuda }] = await Promise.all([
    import('../cuda/gather-cuda.ts'),
    import('../cuda/describe-cuda.ts'),
  ])
  const none = withoutCuda({ platform: process.platform, architecture: process.arch })
  if (none && !hasCudaLibraries(environment)) throw new CommandError(none.message, none.hint)
}

async function status(context: CommandContext): Promise<number> {
  const [{ gatherCuda }, { cudaVerdict, describeCuda, plainCuda }, { harmless }] = await Promise.all([
    import('../cuda/gather-cuda.ts'),
    import('../cuda/describe-cuda.ts'),
    import('../styles.ts'),
  ])
  const state = await gatherCuda(context.environment)
  const machine = { platform: process.platform, architecture: process.arch }
  if (context.flags.json === 'true') context.write(`${JSON.stringify(plainCuda(state, machine), undefined, 2)}\n`)
  else context.write(harmless(describeCuda(state, machine)))
  return cudaVerdict(state, machine).isUsable ? 0 : 1
}

async function remove(context: CommandContext, wanted: CudaMajor | undefined, signal: AbortSignal): Promise<number> {
  const [{ readOwnRuntime, removeOwnRuntime }, { lockRuntime }, { confirm }, { size }, { explainFailure }] =
    await Promise.all([
      import('../../platform/cuda/own-runtime.ts'),
      import('../cuda/install-runtime.ts'),
      import('../confirm.ts'),
      import('../../models/pull/human-units.ts'),
      import('../cuda/explain-failure.ts'),
    ])
  const { environment } = context
  const { dataFolder } = environment
  if (!existsSync(join(dataFolder, 'cuda'))) {
    context.write('There was nothing to remove.\n')
    return 0
  }
  const majors = wanted === undefined ? ([12, 13] as const) : [wanted]
  const here = majors.filter((major) => readOwnRuntime(dataFolder, major))
  const what = here.length > 0 ? `NVIDIA’s runtime for CUDA ${here.join(' and ')}` : 'what installations left'
  const question = { text: `Delete ${what} from the disk?`, otherwise: 'Nothing is deleted' }
  if (here.length > 0 && context.flags.yes !== 'true' && !(await confirm(question, context, signal))) return 1
  const display = { say: (line: string) => context.writeError(`${line}\n`) }
  try {
    await using _lock = await lockRuntime({ environment, signal, display })
    const freed = await removeOwnRuntime(dataFolder, majors)
    context.write(freed > 0 ? `Removed ${what}: ${size(freed)}.\n` : 'There was nothing to remove.\n')
    return 0
  } catch (error) {
    throw explainFailure(error, join(dataFolder, 'cuda'))
  }
}
