import type { NativeReport } from '../../core/native-report.ts'
import type { SystemInfo } from '../../core/system.ts'
import { leastGlibc, systemRemedy } from '../../platform/loader/loader-problem.ts'
import { gpuProblem, isWorthIt } from '../../platform/system/gpu-problem.ts'
import { missingLibraryRemedy } from '../../platform/system/missing-library.ts'
import { nameOf } from '../../platform/system/recipes.ts'
import { type Check, ok, problem, warning } from './check.ts'
import type { DoctorFacts } from './facts.ts'

/** Whether models can run at all, and on what. Pure. */
export function checkLibraries(facts: DoctorFacts): readonly Check[] {
  const { native } = facts.system
  const libc = checkLibc(facts.system.operatingSystem.libc)
  if (native.state === 'ready')
    return [
      ...libc,
      loaded(native.report),
      checkCpu(facts.system, native.report),
      ...checkGpus(facts.system, native.report),
    ]
  const failure = native.state === 'failed' ? native : { problem: 'the native libraries did not answer in time' }
  return [...libc, problem('native-libraries', `No model can run: ${failure.problem}.`, remedyFor(failure, facts))]
}

const loaded = ({ version, llamaCppVersion, hasNativeStep }: NativeReport): Check =>
  ok(
    'native-libraries',
    `The native libraries load: node-llama-cpp ${version}${llamaCppVersion ? `, llama.cpp ${llamaCppVersion}` : ''}${hasNativeStep ? '' : ', without the native step, which makes models a little faster'}.`,
  )

function checkLibc(libc: string | undefined): readonly Check[] {
  if (libc === 'musl') {
    const message = 'This system has musl; the native libraries are made for glibc.'
    return [problem('libc', message, systemRemedy)]
  }
  const [, major, minor] = /^glibc (\d+)\.(\d+)/.exec(libc ?? '') ?? []
  if (major === undefined) return []
  const isOld = Number(major) < leastGlibc[0] || (Number(major) === leastGlibc[0] && Number(minor) < leastGlibc[1])
  if (!isOld) return [ok('libc', `This system has ${libc}.`)]
  return [
    problem(
      'libc',
      `This system has ${libc}; the native libraries need ${leastGlibc.join('.')} or newer.`,
      systemRemedy,
    ),
  ]
}

interface Failure {
  readonly problem: string
  readonly remedy?: string
}

function remedyFor({ problem: why, remedy }: Failure, { native, system }: DoctorFacts): string {
  if (native.noExecMount !== undefined) return elsewhere(native.noExecMount)
  if (remedy) return remedy
  const missing = missingLibraryRemedy('cpu', why)
  if (missing) return native.isChosen ? `${missing} Or unset HEARTH_NATIVE_DIR.` : missing
  const { platform, architecture } = system.operatingSystem
  if (/there are none for/.test(why))
    return `From source, npm install fetches them where they exist for ${platform} ${architecture}.`
  return native.isChosen
    ? 'Unset HEARTH_NATIVE_DIR, so that the libraries of this program are used.'
    : `Remove ${native.folder}, so that they are unpacked anew.`
}

const elsewhere = (mount: string) =>
  `Nothing may be run from the file system at ${mount} (noexec): set HEARTH_NATIVE_DIR to a folder on another one.`

function checkCpu({ processor }: SystemInfo, { cpuVariant, cpuFeatures }: NativeReport): Check {
  const name = processor.name ?? 'The processor'
  const cores = `${processor.usableCores} of ${processor.logicalCores} cores`
  const library = cpuVariant ? `llama.cpp uses its ${cpuVariant} library` : 'llama.cpp has one library for it'
  const message = `${name}, ${cores} for Hearth; ${library}.`
  const isSlow = /^(x64|sse42)$/.test(cpuVariant ?? '') && !cpuFeatures.includes('AVX')
  if (!isSlow) return ok('cpu', message)
  if (processor.features.includes('avx2')) {
    return warning(
      'cpu',
      `${message} The processor could do more (AVX2).`,
      'Remove the unpacked libraries, so that all of them are unpacked anew.',
    )
  }
  return warning(
    'cpu',
    `${message} It has no AVX, so models run several times slower than on newer ones.`,
    'In a virtual machine, pass the processor of the host through (QEMU: -cpu host).',
  )
}

function checkGpus(system: SystemInfo, report: NativeReport): readonly Check[] {
  if (report.device !== 'cpu') {
    const where = `${report.deviceNames.join(', ')} through ${nameOf(report.device)}`
    return [ok('gpu', `Models run on ${where}.`)]
  }
  const names = system.gpus.map(({ name }) => name).join(', ')
  const hasFailed = report.backEnds.some(({ outcome }) => outcome === 'failed')
  if (!hasFailed && !system.gpus.some(isWorthIt))
    return [ok('gpu', names ? `${names}: models run on the CPU.` : 'There is no GPU; models run on the CPU.')]
  const why = gpuProblem(system)
  const seen = hasFailed && names ? ` The system has ${names}.` : ''
  return [warning('gpu', `Models run on the CPU: ${why?.problem}.${seen}`, why?.remedy)]
}

/** Whether what is unpacked may be run. Pure. */
export function checkNativeFolder({ native, data, system }: DoctorFacts): readonly Check[] {
  if (!native.isUnpacked) return []
  if (native.noExecMount !== undefined)
    return [problem('native-folder', `The libraries lie in ${native.folder}.`, elsewhere(native.noExecMount))]
  if (!native.isChosen && !data.isWritable && system.native.state !== 'ready')
    return [
      problem(
        'native-folder',
        `The libraries have to be unpacked into ${native.folder}, which cannot be written.`,
        'Set HEARTH_HOME or HEARTH_NATIVE_DIR to a folder of yours.',
      ),
    ]
  return []
}
