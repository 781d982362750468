/** A server that is ready, on a port of its own. */
export interface Server extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string
  /** The process that listens. */
  readonly processId: number
  /** The process that holds the largest model: a child of the one that listens, or itself. */
  modelProcessId(): number
}

/** How to start one of a group's servers. */
export interface ServerPlan {
  /** As the table's columns call it: Hearth, llama-server, … */
  readonly name: string
  /** Resolves when it is ready to answer. Rejects with its log when it ends before. */
  start(): Promise<Server>
}

/** What is demanded of a figure: of Hearth's share of the other's (`ratio`), of Hearth's alone, or of Hearth's less the other's. */
export interface Mark {
  readonly of: 'ratio' | 'left' | 'difference'
  /** One of the two. */
  readonly atLeast?: number
  readonly atMost?: number
}

/** One number that a case measures. */
export interface Value {
  /** Absent where a case has one value only. */
  readonly name?: string
  readonly unit: 'tokens/s' | 'ms' | 'answers/min' | 'texts/s' | 'MiB' | 'times'
  readonly better: 'more' | 'less'
  /** What is demanded of Hearth beside llama-server; absent where it is told and not demanded. */
  readonly mark?: Mark
}

export interface Measured {
  readonly server: Server
  /** Different in every pair, and the same for the servers of one: nothing that it makes has been asked before. */
  readonly seed: number
  /** Starts another server of the same plan; whoever calls it ends it. */
  start(): Promise<Server>
  /** Notes what makes the numbers doubtful, in a sentence. */
  doubt(reason: string): void
}

export interface Case {
  /** In kebab-case: what `--cases` is compared with. */
  readonly id: string
  /** What is done, as the table says it. */
  readonly title: string
  readonly values: readonly Value[]
  /** Measures once: a number for each of `values`, in their order; NaN where a server has no such thing. */
  measure(measured: Measured): Promise<readonly number[]>
}

/** Two of a group's servers side by side, or one alone. */
export interface Comparison {
  readonly left: string
  readonly right?: string
  /** The marks of the values are not for this comparison. */
  readonly withoutMarks?: boolean
}

/** Servers of one configuration, and what is measured on all of them. */
export interface Group {
  readonly title: string
  /** The configuration in words, both sides of it. */
  readonly configuration: string
  /** Rounds that are enough for what varies little; absent: as many as are asked for. */
  readonly mostRounds?: number
  readonly servers: readonly ServerPlan[]
  readonly comparisons: readonly Comparison[]
  /** Makes what the servers need, before anything is measured. */
  prepare?(): Promise<void>
  /** The same few requests to each server before anything is measured on it. */
  warmUp(server: Server): Promise<void>
  readonly cases: readonly Case[]
}

/** All numbers of one case: of each server by its name, of each value, one of each round. */
export interface CaseResult {
  readonly case: Pick<Case, 'id' | 'title' | 'values'>
  readonly rounds: Readonly<Record<string, readonly (readonly number[])[]>>
}
