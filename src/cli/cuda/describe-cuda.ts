import type { CudaPlan } from '../../platform/cuda/cuda-plan.ts'
import { type CudaMajor, libraryNames, runtimeLibraries } from '../../platform/cuda/runtime-libraries.ts'
import { nameOf, otherLibraries } from '../../platform/system/recipes.ts'
import type { CudaState, RuntimeState } from './gather-cuda.ts'

interface Machine {
  readonly platform: string
  readonly architecture: string
}

/** Whether models run on an NVIDIA GPU with this program, or everything that is in the way, the first thing first. */
export type CudaVerdict =
  | { readonly isUsable: true; readonly major: CudaMajor }
  | { readonly isUsable: false; readonly obstacles: readonly [Obstacle, ...Obstacle[]] }

interface Obstacle {
  readonly reason: (CudaPlan & { type: 'leave' })['reason'] | 'no-libraries'
  /** A clause. */
  readonly problem: string
  /** A sentence. */
  readonly remedy: string
}

/** Without a driver nothing else helps; without a program that uses it no runtime does. Pure. */
export function cudaVerdict({ plan, carried }: Pick<CudaState, 'plan' | 'carried'>, machine: Machine): CudaVerdict {
  const noLibraries: Obstacle = {
    reason: 'no-libraries',
    problem: 'this program carries no CUDA libraries',
    remedy: otherLibraries('cuda', 'custom', machine),
  }
  if (plan.type === 'use')
    return carried.length > 0 ? { isUsable: true, major: plan.major } : { isUsable: false, obstacles: [noLibraries] }
  if (carried.length > 0) return { isUsable: false, obstacles: [plan] }
  const obstacles = plan.reason === 'no-runtime' ? ([noLibraries, plan] as const) : ([plan, noLibraries] as const)
  return { isUsable: false, obstacles }
}

/** A sentence, and what to type. Pure. */
function say(verdict: CudaVerdict, { device }: Pick<CudaState, 'device'>): string {
  if (verdict.isUsable) return `Models run on NVIDIA GPUs with CUDA ${verdict.major}.`
  const [first, second] = verdict.obstacles
  const where = device === 'vulkan' || device === 'metal' ? `through ${nameOf(device)}, not CUDA` : 'on the CPU'
  const also = second && `\nBesides, ${second.problem}.\n${second.remedy}`
  return `Models run ${where}: ${first.problem}.\n${first.remedy}${also ?? ''}`
}

const sources = {
  hand: 'HEARTH_CUDA_DIR',
  libraries: 'HEARTH_NATIVE_DIR',
  own: 'hearth cuda install',
  loader: 'found by the system',
  toolkit: 'CUDA toolkit',
  python: 'Python packages',
  ollama: 'of Ollama',
  'lm-studio': 'of LM Studio',
} as const

/** Lines for people. Pure. */
export function describeCuda(state: CudaState, machine: Machine): string {
  const { driver, carried, runtimes } = state
  const rows = [
    ['driver', describeDriver(driver)],
    ...runtimes.map((runtime) => [`CUDA ${runtime.major}`, describeRuntime(runtime)]),
    [
      'this program',
      carried.length > 0 ? `carries libraries for CUDA ${carried.join(' and ')}` : 'carries no CUDA libraries',
    ],
  ]
  const lines = rows.map(
    ([name = '', said = '']) => `${name.padEnd(14)}${said.replaceAll('\n', `\n${' '.repeat(14)}`)}`,
  )
  return `${lines.join('\n')}\n\n${say(cudaVerdict(state, machine), state)}\n${machine.platform === 'win32' ? '' : hintFor(state)}`
}

function describeDriver(driver: CudaState['driver']): string {
  if (driver.state !== 'ready') return `${driver.state === 'absent' ? 'none' : 'cannot be used'}: ${driver.problem}`
  const { cudaVersion, capabilities = [] } = driver.driver
  return `runs CUDA ${cudaVersion}; GPUs of compute capability ${capabilities.join(', ')}`
}

function describeRuntime({ missing, source, folder, version, damaged, untrusted }: RuntimeState): string {
  const broken = damaged.length > 0 ? `\ndamaged: ${damaged.join(', ')}; \`hearth cuda install\` puts it right` : ''
  const passed = untrusted.length > 0 ? `\npassed over, since other people can change it: ${untrusted.join(', ')}` : ''
  if (!source) return `missing: ${missing.join(', ')}${passed}${broken}`
  return `${folder} (${sources[source]})${version ? `\n${version}` : ''}${broken}`
}

/** What distributions call it, for those who would rather have it from there. */
function hintFor({ plan }: CudaState): string {
  if (plan.type !== 'leave' || plan.reason !== 'no-runtime') return ''
  const line = plan.major === 12 ? '12-4' : '13-1'
  return `Or from NVIDIA's repository for your distribution: cuda-cudart-${line} and libcublas-${line} (apt, dnf); on Arch Linux the package cuda.\n`
}

/** For programs. Pure. */
export function plainCuda(state: CudaState, machine: Machine): object {
  const { driver, carried, runtimes } = state
  const verdict = cudaVerdict(state, machine)
  const plain = ({ reason, problem, remedy }: Obstacle) => ({ reason, problem, remedy })
  return {
    usable: verdict.isUsable,
    ...(verdict.isUsable
      ? { cuda: verdict.major }
      : { ...plain(verdict.obstacles[0]), ...(verdict.obstacles[1] && { besides: plain(verdict.obstacles[1]) }) }),
    driver:
      driver.state === 'ready'
        ? {
            state: 'ready',
            cuda_version: driver.driver.cudaVersion,
            compute_capabilities: driver.driver.capabilities ?? [],
          }
        : { state: driver.state, problem: driver.problem },
    program: { cuda: carried },
    runtimes: runtimes.map(({ major, missing, source, folder, version, files, damaged, untrusted }) => ({
      cuda: major,
      found: source !== undefined,
      ...(source && { source, folder, files }),
      ...(version && { version }),
      ...(missing.length > 0 && { missing }),
      ...(untrusted.length > 0 && { passed_over: untrusted }),
      ...(damaged.length > 0 && { damaged }),
      needs: libraryNames(runtimeLibraries(machine.platform, major)),
    })),
  }
}

/** That there is no CUDA for machines like this one, and what there is; undefined where there is. Pure. */
export function withoutCuda({
  platform,
  architecture,
}: Machine): { readonly message: string; readonly hint: string } | undefined {
  if (architecture === 'x64' && (platform === 'linux' || platform === 'win32')) return undefined
  const instead =
    platform !== 'darwin'
      ? 'models run on the CPU'
      : architecture === 'arm64'
        ? 'models run on the GPU through Metal'
        : 'models run on the CPU of Intel Macs'
  return {
    message: `There is no CUDA build of Hearth for ${platform} ${architecture}: ${instead}.`,
    hint: platform === 'darwin' ? '' : 'HEARTH_NATIVE_DIR takes a folder of CUDA libraries that you have built.',
  }
}
