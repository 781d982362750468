import { appendFileSync, cpSync, existsSync, lstatSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Where everything that servers write is gathered while the tests run, so that it can be searched for secrets at the end:
 * `npm test` names it. Undefined where a test runs by itself.
 */
const folder = process.env.HEARTH_TEST_OUTPUT

/** Larger files are weights, and states of models. */
const largestBytes = 32 * 2 ** 20

let count = 0

/** Gathers what one server writes. */
export interface WrittenOutput {
  append(bytes: Uint8Array): void
  /** The files of a folder, before it is removed. */
  keep(folder: string): void
}

export function gatherOutput(): WrittenOutput {
  if (!folder) return { append() {}, keep() {} }
  const own = join(folder, `${process.pid}-${++count}`)
  mkdirSync(own, { recursive: true })
  return {
    append: (bytes) => appendFileSync(join(own, 'output.log'), bytes),
    keep(home) {
      const isWritten = (path: string) => {
        const file = lstatSync(path)
        return file.isDirectory() || (file.isFile() && file.size <= largestBytes)
      }
      if (!existsSync(home)) return
      cpSync(home, join(own, 'home'), { recursive: true, filter: isWritten })
    },
  }
}
