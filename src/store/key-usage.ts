/** What one key has used of one model on one day. */
export interface KeyUsage extends UsageCounts {
  /** `2026-11-22`, in UTC. */
  readonly day: string
  /** The id of the key. */
  readonly key: string
  /** The id of the model; empty where a request came to none, or failed before it used any. */
  readonly model: string
}

export interface UsageCounts {
  /** That were let in, and ask for models. */
  readonly requests: number
  /** That were over a limit. They are not among the `requests`. */
  readonly refused: number
  /** Of the requests, those that were answered with an error; not those whose client left. */
  readonly errors: number
  readonly promptTokens: number
  readonly completionTokens: number
  /** Of texts that were embedded or ranked. */
  readonly embeddedTokens: number
}

/** Whose use is asked for, and since when. */
export interface UsageQuestion {
  /** The first day. */
  readonly from: string
  /** Id of a key. Absent: all. */
  readonly key?: string
}

/** For so many days use is kept. */
export const keptUsageDays = 90

const dayMilliseconds = 86_400_000

/** The day in UTC, so that it is the same for all who share a file. `now` in milliseconds since 1970. */
export const dayOf = (now: number): string => new Date(now).toISOString().slice(0, 10)

/** The first of so many days that end today. */
export const firstDayOf = (days: number, now: number): string => dayOf(now - (days - 1) * dayMilliseconds)

/** Milliseconds until the next day in UTC begins. */
export const untilTomorrow = (now: number): number => dayMilliseconds - (now % dayMilliseconds)

export const noUse: UsageCounts = {
  requests: 0,
  refused: 0,
  errors: 0,
  promptTokens: 0,
  completionTokens: 0,
  embeddedTokens: 0,
}

/** What providers say is believed, and a larger number could be neither read back from the file nor added to. */
export const mostCounted = Number.MAX_SAFE_INTEGER

export const sumOfUse = (a: UsageCounts, b: UsageCounts): UsageCounts => ({
  requests: sum(a.requests, b.requests),
  refused: sum(a.refused, b.refused),
  errors: sum(a.errors, b.errors),
  promptTokens: sum(a.promptTokens, b.promptTokens),
  completionTokens: sum(a.completionTokens, b.completionTokens),
  embeddedTokens: sum(a.embeddedTokens, b.embeddedTokens),
})

const sum = (a: number, b: number): number => Math.min(a + b, mostCounted)

/** Whether it is the id of a key that the server was given, which stands in no file. */
export const isGivenKey = (id: string): boolean => /^given-\d+$/.test(id)

/** What counts against a limit of tokens. */
export const tokensOf = ({ promptTokens, completionTokens, embeddedTokens }: UsageCounts): number =>
  promptTokens + completionTokens + embeddedTokens
