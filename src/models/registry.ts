import type { ModelEntry, ModelKind } from '../core/model.ts'

/** The models that this server can use now, by the names that requests may give them. */
export interface ModelRegistry {
  /** Every usable model, the default chat model first, then the default embedding model, then by name. */
  list(): Promise<readonly ModelEntry[]>
  /**
   * The model of that id, alias or file name; without a name the default one of the kind, and
   * of rerankers the first by name. Never takes a path.
   * Throws `model_not_found` (param `model`) with the nearest name.
   */
  find(name: string | undefined, kind: ModelKind): Promise<ModelEntry>
  /** Files and settings that cannot be used, with the reason: a truncated file, a missing one. */
  problems(): Promise<readonly ModelProblem[]>
}

export interface ModelProblem {
  readonly id: string
  readonly path: string
  readonly problem: string
}
