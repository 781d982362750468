import { messageOf } from '../../core/errors.ts'
import type { Provider, UpstreamModel } from '../../core/provider.ts'
import type { ApiKey } from '../../store/api-keys.ts'
import type { Services } from '../services.ts'
import { mayUse } from './upstream-name.ts'

/** So long a list waits for a provider that has told nothing yet. */
const patienceMilliseconds = 2000
/** So long a provider may take that nobody waits for. */
const askingMilliseconds = 30_000
/** A provider that did not answer is asked again after so long. */
const restMilliseconds = 10_000

/** What a provider has told last. */
interface Memory {
  models: readonly UpstreamModel[]
  asking: Promise<void> | undefined
  failedAt: number
}

const memories = new WeakMap<Provider, Memory>()

/**
 * The models of all providers that stand in lists, as far as the key may use them. A provider that is slow or down keeps
 * nobody waiting for more than two seconds, and that once: from then on it is asked behind the scenes, and what it told last
 * is told again. Never throws.
 */
export async function listUpstreamModels(
  { providers, log }: Pick<Services, 'providers' | 'log'>,
  key: ApiKey | undefined,
): Promise<readonly UpstreamModel[]> {
  const listed = providers.list().filter((provider) => provider.isListed && !provider.problem)
  const lists = await Promise.all(listed.map((provider) => modelsOf(provider, log)))
  return lists.flat().filter(({ id }) => mayUse(id, key))
}

async function modelsOf(provider: Provider, log: Services['log']): Promise<readonly UpstreamModel[]> {
  const known = memories.get(provider)
  const memory = known ?? { models: [], asking: undefined, failedAt: Number.NEGATIVE_INFINITY }
  if (!known) memories.set(provider, memory)
  if (performance.now() - memory.failedAt > restMilliseconds) memory.asking ??= ask(provider, memory, log)
  // What the provider has in memory is there in the next turn.
  if (memory.asking) await Promise.race([memory.asking, pause(known ? 0 : patienceMilliseconds)])
  return memory.models
}

async function ask(provider: Provider, memory: Memory, log: Services['log']): Promise<void> {
  try {
    memory.models = await provider.models(AbortSignal.timeout(askingMilliseconds))
  } catch (error) {
    memory.failedAt = performance.now()
    log.info('the models of a provider could not be listed', { provider: provider.name, problem: messageOf(error) })
  } finally {
    memory.asking = undefined
  }
}

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    timer.unref?.()
  })
