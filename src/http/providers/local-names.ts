import type { ModelRegistry } from '../../models/registry.ts'

interface Memory {
  names: ReadonlySet<string>
  lookedAt: number
  looking: Promise<void> | undefined
}

/** So long a look is believed; another one is taken meanwhile, and nobody waits for it. */
const believedMilliseconds = 2000

const memories = new WeakMap<object, Memory>()

/**
 * Whether a model of this machine has that id or alias, with a slash in it as a model of a provider has. The disk is not looked
 * at for each request: a file that is new is noticed with the second request after two seconds.
 */
export async function isLocalName(name: string, registry: Pick<ModelRegistry, 'list'>): Promise<boolean> {
  let memory = memories.get(registry)
  if (!memory) {
    memory = { names: new Set(), lookedAt: Number.NEGATIVE_INFINITY, looking: undefined }
    memories.set(registry, memory)
  }
  const isNew = memory.lookedAt === Number.NEGATIVE_INFINITY
  if (performance.now() - memory.lookedAt > believedMilliseconds) memory.looking ??= look(memory, registry)
  if (isNew) await memory.looking
  return memory.names.has(name)
}

async function look(memory: Memory, registry: Pick<ModelRegistry, 'list'>): Promise<void> {
  try {
    const entries = await registry.list()
    memory.names = new Set(entries.flatMap(({ id, aliases }) => [id, ...aliases]).filter((name) => name.includes('/')))
  } finally {
    memory.lookedAt = performance.now()
    memory.looking = undefined
  }
}
