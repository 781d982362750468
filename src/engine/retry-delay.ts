/** Seconds to wait after so many failures in a row; the last one holds for all that follow. */
const delays = [0, 1, 2, 5, 15, 60, 300] as const

/**
 * How long a model that failed is left alone. A process that died once is started again at once; a file that cannot be
 * loaded counts twice from the start, since nothing but a change of the file will help it.
 */
export function retryDelaySeconds(failuresInARow: number): number {
  return delays[Math.min(Math.max(failuresInARow, 1), delays.length) - 1] ?? 0
}
