import { appendFileSync, cpSync, existsSync, lstatSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'

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
        // A child that ends after its server may take its files away meanwhile.
        const file = lstatSync(path, { throwIfNoEntry: false })
        // What Bun makes of the sources is nothing that a server writes.
        if (file?.isDirectory()) return basename(path) !== '.bun'
        return file?.isFile() === true && file.size <= largestBytes
      }
      if (!existsSync(home)) return
      cpSync(home, join(own, 'home'), { recursive: true, filter: isWritten })
    },
  }
}
