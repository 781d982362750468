/** Values of which only the newest is of interest. For one reader. */
export interface Latest<Value> extends AsyncIterable<Value> {
  readonly push: (value: Value) => void
  /** Nothing comes any more; what was not read yet is read first. */
  readonly end: () => void
}

/** What comes faster than it is read is left out, up to the newest. */
export function latest<Value>(): Latest<Value> {
  let newest: { readonly value: Value } | undefined
  let isOver = false
  let news = Promise.withResolvers<void>()
  const tell = () => {
    news.resolve()
    news = Promise.withResolvers()
  }
  return {
    push(value) {
      newest = { value }
      tell()
    },
    end() {
      isOver = true
      tell()
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const taken = newest
        newest = undefined
        if (taken) yield taken.value
        else if (isOver) return
        else await news.promise
      }
    },
  }
}
