import type { ModelChanges, ModelRegistry } from '../registry.ts'
import { createRegistry } from './create-registry.ts'
import { RegistryMemory } from './registry-memory.ts'
import type { RegistryOptions } from './registry-options.ts'

/** A registry whose options may become others while it is in use. */
export interface LiveRegistry extends ModelRegistry, ModelChanges {
  /**
   * Whoever asks from now on gets what these options make of the models; what was said of models since the server started
   * stays over them. Answers the registry as it was.
   */
  reconfigure(options: RegistryOptions): ModelRegistry
}

/** As `createRegistry`. */
export function createLiveRegistry(options: RegistryOptions): LiveRegistry {
  const memory = new RegistryMemory()
  let current = createRegistry(options, memory)
  return {
    reconfigure(changed) {
      const before = current
      current = createRegistry(changed, memory)
      return before
    },
    list: () => current.list(),
    configured: () => current.configured(),
    async find(name, kind) {
      for (;;) {
        const asked = current
        const found = await asked.find(name, kind).catch((error: unknown) => ({ error }))
        // Somebody has changed the options meanwhile: what was found is out of date.
        if (asked !== current) continue
        if ('error' in found) throw found.error
        return found
      }
    },
    problems: () => current.problems(),
    registered: () => current.registered(),
    configure: (name, change) => current.configure(name, change),
    reset: (name) => current.reset(name),
    configureAll: (defaults) => current.configureAll(defaults),
    select: (name) => current.select(name),
    addAlias: (alias, name) => current.addAlias(alias, name),
    removal: (name) => current.removal(name),
    remove: (name) => current.remove(name),
    forget: () => current.forget(),
  }
}
