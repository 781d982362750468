/** Holds a fake upstream before its pieces until a test lets some go. */
export interface PieceGate {
  /** For `FakeUpstreamOptions.beforePiece`. */
  readonly pass: () => Promise<void>
  /** So many more may pass. */
  release(count: number): void
}

export function createGate(): PieceGate {
  const waiting: (() => void)[] = []
  let free = 0
  return {
    pass: () =>
      new Promise((resolve) => {
        if (free === 0) return void waiting.push(resolve)
        free--
        resolve()
      }),
    release(count) {
      free += count
      for (; free > 0 && waiting.length > 0; free--) waiting.shift()?.()
    },
  }
}
