import { basename } from 'node:path'
import { messageOf } from '../../core/errors.ts'
import type { AddonContext, AddonModel, AddonModelLora } from './addon.ts'
import { unusable } from './load-model.ts'
import type { Loading } from './loading.ts'

/** LoRA adapters that are in memory beside their model, which takes them along when it is disposed of. */
export interface Adapters {
  /** From now on the context computes with them. To be called before anything is in its cache. */
  apply(context: AddonContext): void
}

/**
 * Reads the adapters that the entry names. Rejects with `model_unusable` for one that is not there, that is none, or that was
 * made for another model, and with the signal's reason.
 */
export async function loadAdapters(loading: Loading, model: AddonModel): Promise<Adapters> {
  const { addon, entry, errors, call } = loading
  const wanted = entry.load.adapters ?? []
  const loaded: AddonModelLora[] = []
  for (const { path } of wanted) {
    call.signal.throwIfAborted()
    errors.clear()
    try {
      const adapter = new addon.AddonModelLora(model, path)
      await model.loadLora(adapter)
      loaded.push(adapter)
    } catch (error) {
      throw unusable(entry, `the adapter ${basename(path)}: ${errors.last() ?? messageOf(error)}`)
    }
  }
  const scales = wanted.map(({ scale }) => scale)
  return {
    apply(context) {
      if (loaded.length > 0) context.setLoras(loaded, scales)
    },
  }
}
