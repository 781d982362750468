/** What is worth keeping for a while, because reading it costs time. */
export interface Kept<Value> {
  /**
   * The value that was read last, read anew in the background where it is old. Before there is one it waits, and answers
   * nothing once the patience is over; a reading that failed answers nothing, too.
   */
  get(patienceMilliseconds: number): Promise<Value | undefined>
  /** The value that was read last, however old. */
  readonly value: Value | undefined
  /** Reads it anew now, in the background; a reading that runs is followed by another one. */
  refresh(): void
}

export interface KeptOptions<Value> {
  /** A rejection leaves the value as it is. */
  readonly read: () => Promise<Value>
  /** After so long a value is old; Infinity: never. */
  readonly maxAgeMilliseconds: number
  readonly now?: () => number
}

/** Keeps what `read` answers. Nothing is read before it is asked for. */
export function keep<Value>({
  read,
  maxAgeMilliseconds,
  now = () => performance.now(),
}: KeptOptions<Value>): Kept<Value> {
  let kept: { readonly value: Value } | undefined
  let readAt = Number.NEGATIVE_INFINITY
  let running: Promise<void> | undefined
  let isWantedAgain = false
  const start = () => {
    running ??= readOnce().finally(() => {
      running = undefined
      if (isWantedAgain) start()
    })
    return running
  }
  const readOnce = async () => {
    isWantedAgain = false
    try {
      kept = { value: await read() }
    } catch {
      // What was known stays known.
    }
    readAt = now()
  }
  return {
    async get(patienceMilliseconds) {
      if (now() - readAt >= maxAgeMilliseconds) void start()
      if (!kept && running) await atMost(running, patienceMilliseconds)
      return kept?.value
    },
    get value() {
      return kept?.value
    },
    refresh() {
      isWantedAgain = running !== undefined
      void start()
    },
  }
}

/** Resolves when the work is done, or the time is over. */
async function atMost(work: Promise<unknown>, milliseconds: number): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, Math.min(milliseconds, 2 ** 31 - 1))
  await Promise.race([work, late.promise]).finally(() => clearTimeout(timer))
}
