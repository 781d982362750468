/** What a server holds once it has collected its garbage. */
export interface Holdings {
  /** Resident, in MiB. */
  readonly megabytes: number
  /** On the garbage collector's heap. */
  readonly objects: number
  /** Files, pipes and connections that are open. */
  readonly files: number
}

/** What may come on top and is no leak: caches that fill, pages that the allocator keeps. */
const allowed: Holdings = { megabytes: 24, objects: 4000, files: 2 }

/** What a server has more of than before, in words; empty where that is nothing. */
export function growthOf(before: Holdings, after: Holdings): readonly string[] {
  return (['megabytes', 'objects', 'files'] as const)
    .filter((key) => after[key] - before[key] > allowed[key])
    .map((key) => `${key}: ${Math.round(before[key])} before, ${Math.round(after[key])} after`)
}
