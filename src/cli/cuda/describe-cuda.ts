import { libraryNames, runtimeLibraries } from '../../platform/cuda/runtime-libraries.ts'
import { otherLibraries } from '../../platform/system/recipes.ts'
import type { CudaState, RuntimeState } from './gather-cuda.ts'

interface Machine {
  readonly platform: string
  readonly architecture: string
}

/** Whether models run on an NVIDIA GPU with this program, and what to do where they do not. Pure. */
export function cudaVerdict(
  { plan, carried }: CudaState,
  machine: Machine,
): { readonly isUsable: boolean; readonly say: string } {
  if (plan.type === 'leave') return { isUsable: false, say: `Models run on the CPU: ${plan.problem}.\n${plan.remedy}` }
  if (carried.length === 0) {
    const remedy = otherLibraries('cuda', 'custom', machine)
    return {
      isUsable: false,
      say: `Driver and runtime are here, but this program carries no CUDA libraries.\n${remedy}`,
    }
  }
  return { isUsable: true, say: `Models run on NVIDIA GPUs with CUDA ${plan.major}.` }
}

const sources = {
  hand: 'HEARTH_CUDA_DIR',
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
  return `${lines.join('\n')}\n\n${cudaVerdict(state, machine).say}\n${machine.platform === 'win32' ? '' : hintFor(state)}`
}

function describeDriver(driver: CudaState['driver']): string {
  if (driver.state !== 'ready') return `${driver.state === 'absent' ? 'none' : 'cannot be used'}: ${driver.problem}`
  const { cudaVersion, capabilities = [] } = driver.driver
  return `runs CUDA ${cudaVersion}; GPUs of compute capability ${capabilities.join(', ')}`
}

function describeRuntime({ missing, source, folder, version, damaged }: RuntimeState): string {
  const broken = damaged.length > 0 ? `\ndamaged: ${damaged.join(', ')}; \`hearth cuda install\` puts it right` : ''
  if (!source) return `missing: ${missing.join(', ')}${broken}`
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
  const { driver, plan, carried, runtimes } = state
  const { isUsable } = cudaVerdict(state, machine)
  return {
    usable: isUsable,
    ...(plan.type === 'use'
      ? { cuda: plan.major }
      : { reason: plan.reason, problem: plan.problem, remedy: plan.remedy }),
    driver:
      driver.state === 'ready'
        ? {
            state: 'ready',
            cuda_version: driver.driver.cudaVersion,
            compute_capabilities: driver.driver.capabilities ?? [],
          }
        : { state: driver.state, problem: driver.problem },
    program: { cuda: carried },
    runtimes: runtimes.map(({ major, missing, source, folder, version, files, damaged }) => ({
      cuda: major,
      found: source !== undefined,
      ...(source && { source, folder, files }),
      ...(version && { version }),
      ...(missing.length > 0 && { missing }),
      ...(damaged.length > 0 && { damaged }),
      needs: libraryNames(runtimeLibraries(machine.platform, major)),
    })),
  }
}
