/** Does something again and again, with a pause before each. The answer ends it, and resolves when it is at rest. */
export function repeat(milliseconds: number, act: () => unknown): () => Promise<void> {
  let isOver = false
  const over = Promise.withResolvers<void>()
  const work = (async () => {
    while (!isOver) {
      let timer: NodeJS.Timeout | undefined
      const pause = new Promise((resolve) => {
        timer = setTimeout(resolve, milliseconds)
      })
      await Promise.race([pause, over.promise])
      clearTimeout(timer)
      if (!isOver) await act()
    }
  })()
  return () => {
    isOver = true
    over.resolve()
    return work
  }
}
