import type { MemoryEstimate } from '../../core/memory.ts'
import type { ModelEntry } from '../../core/model.ts'
import { fromEstimate } from '../../protocol/management/memory.ts'
import type { CompatibilityReply } from '../../protocol/management/resources.wire.ts'
import type { Services } from '../services.ts'
import { fitOf, roomFor, sum } from './room-for.ts'

type Check = CompatibilityReply['checks'][number]

/** Whether a model can run here with its options, and why it cannot. Asks for nothing that costs memory. */
export async function compatibilityOf(entry: ModelEntry, services: Services): Promise<CompatibilityReply> {
  const { engine, runtime, system } = services
  const room = roomFor(entry, engine)
  const estimate = runtime.estimate(entry, sum([room.free, room.evictable]))
  const architecture = checkArchitecture(entry, await system.supportedArchitectures())
  const checks = [
    { subject: 'file', ok: runtime.accepts(entry), detail: `It is a ${entry.format.toUpperCase()} file` } as const,
    architecture,
    checkMemory(runtime.least(entry, room.most), room),
    checkContext(entry, estimate),
  ]
  return {
    model: entry.id,
    compatible: checks.every(({ ok }) => ok),
    checks: checks.map((check) => ({ ...check, detail: `${check.detail}.` })),
    architecture: entry.header.architecture,
    estimate: fromEstimate(estimate),
  }
}

/** What a file that cannot be used is compatible with. */
export const unusable = (model: string, problem: string): CompatibilityReply => ({
  model,
  compatible: false,
  checks: [{ subject: 'file', ok: false, detail: problem }],
})

function checkArchitecture({ format, header }: ModelEntry, supported: ReadonlySet<string> | undefined): Check {
  const { architecture } = header
  const subject = 'architecture'
  if (format === 'fake') return { subject, ok: true, detail: `It is a '${architecture}', which needs no runtime` }
  if (!supported) return { subject, ok: false, detail: 'The native libraries do not work here, so nothing can be run' }
  const ok = supported.has(architecture)
  return {
    subject,
    ok,
    detail: `This build ${ok ? 'runs' : 'cannot run'} models of the architecture '${architecture}'`,
  }
}

function checkMemory(least: Parameters<typeof fitOf>[0], room: ReturnType<typeof roomFor>): Check {
  const fit = fitOf(least, room)
  const need = `It needs at least ${mebibytes(least.mainBytes)} of main memory${
    least.deviceBytes > 0 ? ` and ${mebibytes(least.deviceBytes)} of the GPU's` : ''
  }`
  const found = {
    now: `${mebibytes(room.free.mainBytes)} are free`,
    'after-eviction': `${mebibytes(room.free.mainBytes)} are free, and idle models make room for it`,
    alone: 'it can be had once other models are not in use any more',
    never: `${mebibytes(room.total.mainBytes)} are all that models may take`,
  }
  return { subject: 'memory', ok: fit !== 'never', detail: `${need}, and ${found[fit]}` }
}

function checkContext({ load, header }: ModelEntry, { contextSize, slots }: MemoryEstimate): Check {
  const subject = 'context'
  const chosen = `${slots} requests at once may have ${contextSize} tokens each`
  const asked = load.contextSize
  if (asked !== 'auto' && contextSize < asked)
    return { subject, ok: false, detail: `${asked} tokens were asked for, and ${chosen}` }
  const trained = header.trainedContextSize
  if (trained !== undefined && contextSize > trained)
    return { subject, ok: true, detail: `${chosen}; the model was trained for ${trained}, and gets worse beyond that` }
  return { subject, ok: true, detail: chosen.charAt(0).toUpperCase() + chosen.slice(1) }
}

const mebibytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`
