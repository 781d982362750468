/** One reason why a configuration cannot be used. */
export interface ConfigProblem {
  /** What it is about, as its writer spelled it: `models[1].n_ctx`, `--port`, `HEARTH_PORT`; empty: the whole file. */
  readonly path: string
  /** Where it stands, when it stands in a file. Lines and columns count from 1. */
  readonly place?: { readonly file: string; readonly line: number; readonly column: number }
  /** One sentence without a full stop: what was found, what is expected, or what to do. */
  readonly message: string
}

/** One line for people: place, path and message. */
export function problemLine({ path, place, message }: ConfigProblem): string {
  const where = place ? `${place.file}:${place.line}:${place.column}` : undefined
  return [where, path, message].filter(Boolean).join(': ')
}
