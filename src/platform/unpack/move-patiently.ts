import { randomUUID } from 'node:crypto'
import { rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'

/** On Windows, scanners of viruses hold a new file open for some moments. */
const attempts = process.platform === 'win32' ? 20 : 1
const pauseMilliseconds = 50

/**
 * Moves a file to `target`, in place of one that is there. On Windows a library in use cannot be replaced, only given
 * another name: it goes to the folder that the file came from then. Rejects with the system's errors.
 */
export async function movePatiently(source: string, target: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await rename(source, target)
    } catch (error) {
      if (attempt >= attempts) throw error
      await rename(target, join(dirname(source), `replaced-${randomUUID()}`)).catch(() => {})
      await pause(pauseMilliseconds)
    }
  }
}
