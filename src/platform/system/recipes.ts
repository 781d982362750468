import type { BackEnd, BackEndAttempt, NativeReport, NativeState } from '../../core/native-report.ts'
import type { Gpu, OperatingSystem, Recipe } from '../../core/system.ts'
import { missingLibraryRemedy } from './missing-library.ts'

const summaries: Readonly<Record<BackEnd, string>> = {
  cpu: 'GGUF models through llama.cpp on the CPU',
  cuda: 'GGUF models through llama.cpp on NVIDIA GPUs (CUDA)',
  vulkan: 'GGUF models through llama.cpp on GPUs of any maker (Vulkan)',
  metal: 'GGUF models through llama.cpp on Apple GPUs (Metal)',
}

/** Runtimes that are named where others have them, and are not part of this version. */
const unbuilt: readonly Recipe[] = [
  {
    id: 'onnx',
    runtime: 'onnx',
    summary: 'ONNX models through onnxruntime',
    isAvailable: false,
    isDefault: false,
    reason: 'This version of Hearth does not run ONNX models.',
    remedy: 'Use the same model as a GGUF file.',
  },
  {
    id: 'upstream',
    runtime: 'upstream',
    summary: 'Models of another server, passed on over HTTP',
    isAvailable: false,
    isDefault: false,
    reason: 'This version of Hearth does not pass requests on to other servers.',
    remedy: 'Send them to the other server itself.',
  },
]

/** What recipes depend on. */
export interface RecipeFacts {
  readonly native: NativeState
  readonly gpus: readonly Gpu[]
  readonly operatingSystem: Pick<OperatingSystem, 'platform' | 'architecture'>
}

/** Every way to run a model that this program knows of, whether it works here or not. Pure. */
export function recipesOf(facts: RecipeFacts): readonly Recipe[] {
  const backEnds = ['cpu', 'cuda', 'vulkan', 'metal'] as const
  return [...backEnds.map((backEnd) => llamaCppRecipe(backEnd, facts)), ...unbuilt]
}

function llamaCppRecipe(backEnd: BackEnd, facts: RecipeFacts): Recipe {
  const { native } = facts
  const base = { id: `llama-cpp-${backEnd}`, runtime: 'llama-cpp', summary: summaries[backEnd], backEnd }
  if (native.state === 'reading') return { ...base, isDefault: false, reason: 'This is being found out now.' }
  if (native.state === 'failed') {
    const remedy = native.remedy ?? missingLibraryRemedy(backEnd, native.problem) ?? 'hearth doctor says more.'
    return { ...base, isAvailable: false, isDefault: false, reason: sentence(native.problem), remedy }
  }
  const { report } = native
  const attempt = report.backEnds.find((known) => known.backEnd === backEnd)
  if (!attempt || attempt.outcome === 'absent') {
    return { ...base, isAvailable: false, isDefault: false, ...whyAbsent(backEnd, report, facts) }
  }
  if (attempt.outcome === 'failed') {
    return { ...base, isAvailable: false, isDefault: false, ...whyFailed(attempt) }
  }
  return { ...base, isAvailable: true, isDefault: attempt.outcome === 'used' }
}

function whyAbsent(backEnd: BackEnd, report: NativeReport, facts: RecipeFacts): Pick<Recipe, 'reason' | 'remedy'> {
  const { gpus, operatingSystem } = facts
  if (backEnd === 'metal' && operatingSystem.platform !== 'darwin') return { reason: 'Metal is a part of macOS only.' }
  const reason = `This build carries no ${nameOf(backEnd)} libraries.`
  if (backEnd === 'cpu' || backEnd === 'metal') return { reason }
  const hasUse = gpus.some(({ vendor }) => backEnd === 'vulkan' || vendor === 'NVIDIA')
  if (!hasUse) return { reason: `${reason} No GPU was found that could use them.` }
  return { reason, remedy: otherLibraries(backEnd, report.version, operatingSystem) }
}

/** How to have the libraries of another back-end used: another executable, or what node-llama-cpp publishes as it is. */
export function otherLibraries(
  backEnd: 'cuda' | 'vulkan',
  version: string,
  { platform, architecture }: RecipeFacts['operatingSystem'],
): string {
  if (architecture !== 'x64' || (platform !== 'linux' && platform !== 'win32'))
    return `No release has them for ${platform} ${architecture}: set HEARTH_NATIVE_DIR to a folder of libraries that you have built.`
  const name = `${platform === 'win32' ? 'win' : platform}-${architecture}-${backEnd}`
  const which = version === 'custom' ? '' : `, version ${version}`
  const executable = `hearth-${platform === 'win32' ? 'windows' : platform}-${architecture}-${backEnd}`
  return `Use the executable ${executable} in place of this one, or set HEARTH_NATIVE_DIR to the folder bins/${name} of the npm package @node-llama-cpp/${name}${which}.`
}

function whyFailed({ backEnd, problem, ...known }: BackEndAttempt): Pick<Recipe, 'reason' | 'remedy'> {
  const remedy = known.remedy ?? missingLibraryRemedy(backEnd, problem ?? '')
  const reason = sentence(problem ?? `The ${nameOf(backEnd)} library could not be used.`)
  return { reason, ...(remedy && { remedy }) }
}

/** As people write it. */
export const nameOf = (backEnd: BackEnd): string =>
  ({ cpu: 'CPU', cuda: 'CUDA', vulkan: 'Vulkan', metal: 'Metal' })[backEnd]

/** With one full stop at its end. */
const sentence = (text: string) => `${text.trim().replace(/[.\s]+$/, '')}.`
