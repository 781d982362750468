import type { GenerationDefaults, ModelEntry, ModelKind } from '../../core/model.ts'
import { changedLoad } from '../load-change.ts'
import type { DefaultsChange, ModelChange } from '../registry.ts'

/** What was said of models since the server started: it hides what the configuration says, and ends with the server. */
export class RuntimeChanges {
  readonly #ofModels = new Map<string, ModelChange>()
  readonly #selected = new Map<ModelKind, string>()
  #forAll: DefaultsChange = {}

  /** The entry as it is to be used now. */
  apply(entry: ModelEntry): ModelEntry {
    const { load, defaults = {}, isPinned, keepAliveSeconds } = this.#ofModels.get(entry.id) ?? {}
    return {
      ...entry,
      load: changedLoad(entry.load, load),
      defaults: this.defaultsOver(entry.defaults, defaults),
      ...(isPinned !== undefined && { isPinned }),
      ...(keepAliveSeconds !== undefined && { keepAliveSeconds }),
    }
  }

  /** What is configured, hidden by what was said of all models, and that by what was said of one. */
  defaultsOver(configured: GenerationDefaults, ofModel: DefaultsChange = {}): GenerationDefaults {
    return {
      ...configured,
      ...(this.#forAll as Partial<GenerationDefaults>),
      ...(ofModel as Partial<GenerationDefaults>),
    }
  }

  configure(id: string, change: ModelChange): void {
    const before = this.#ofModels.get(id) ?? {}
    this.#ofModels.set(id, {
      ...before,
      ...change,
      load: { ...before.load, ...change.load },
      defaults: merged(before.defaults, change.defaults),
    })
  }

  configureAll(defaults: DefaultsChange): void {
    this.#forAll = merged(this.#forAll, defaults)
  }

  /** Nothing was said of the model, as far as its settings go. */
  reset(id: string): void {
    this.#ofModels.delete(id)
  }

  select(kind: ModelKind, id: string): void {
    this.#selected.set(kind, id)
  }

  /** The id of the model that was chosen as the default one of the kind. */
  selected(kind: ModelKind): string | undefined {
    return this.#selected.get(kind)
  }

  /** The model is gone: one of that name that comes later starts as it is configured. */
  forget(id: string): void {
    this.reset(id)
    for (const [kind, selected] of this.#selected) if (selected === id) this.#selected.delete(kind)
  }
}

/** `null` takes back what was said of a value. */
function merged(before: DefaultsChange = {}, change: DefaultsChange = {}): DefaultsChange {
  const said = Object.entries({ ...before, ...change }).filter(([, value]) => value !== null && value !== undefined)
  return Object.fromEntries(said) as DefaultsChange
}
