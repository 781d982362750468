import { statSync } from 'node:fs'
import process from 'node:process'
import type { Config } from './config/config.ts'
import { readKeysFile } from './config/keys-file.ts'
import type { Live } from './core/live.ts'
import type { Log } from './observe/log.ts'
import { type FileWatch, watchFile } from './platform/watch-file.ts'

interface KeysFileInput {
  readonly live: Live<Pick<Config, 'allowed_api_keys_file'>>
  /** Keys that hold besides those of the file. */
  readonly besides: readonly string[]
  readonly log: Log
  readonly timing?: { readonly settleMilliseconds?: number; readonly pollMilliseconds?: number }
}

/** The keys that whoever started the server gave it. Secrets. */
export interface GivenKeys extends Disposable {
  /** Another list as soon as the keys are others. */
  readonly keys: readonly string[]
}

/** Follows `allowed_api_keys_file`, also where another file is named. What cannot be read changes nothing, and the log says why. */
export const followKeysFile = (input: KeysFileInput): GivenKeys => new KeysFile(input)

class KeysFile implements GivenKeys {
  readonly #input: KeysFileInput
  readonly #following: Disposable
  #watch: FileWatch | undefined
  #ofFile: readonly string[] = []
  keys: readonly string[]

  constructor(input: KeysFileInput) {
    this.#input = input
    this.keys = input.besides
    this.#begin()
    this.#following = input.live.onChange((now, before) => {
      if (now.allowed_api_keys_file !== before.allowed_api_keys_file) this.#begin()
    })
  }

  /** With another file: the keys of the one before are valid no more. */
  #begin(): void {
    this.#watch?.[Symbol.dispose]()
    this.#watch = undefined
    this.#set([])
    const path = this.#input.live.current.allowed_api_keys_file
    if (path === undefined) return
    this.#watch = watchFile(path, { ...this.#input.timing, onChange: () => this.#read(path) })
    this.#read(path, true)
    // What was written while the watch was about to begin.
    void this.#watch.ready.then(() => this.#read(path))
  }

  #read(path: string, isFirst = false): void {
    const { log, live } = this.#input
    if (live.current.allowed_api_keys_file !== path || !this.#watch) return
    const reading = readKeysFile(path)
    const problem = 'problem' in reading ? reading.problem : this.#doubtOf(reading, path)
    if (problem !== undefined) log.error(`API keys stay as they were: ${problem}`)
    else if ('keys' in reading) this.#takeOver(reading.keys, path, isFirst)
  }

  /** A full disk or a slip leaves such a file, and nobody who means it. */
  #doubtOf({ isEmpty }: { readonly isEmpty: boolean }, path: string): string | undefined {
    if (!isEmpty || this.#ofFile.length === 0) return undefined
    return `the file ${path} is empty; a comment in it says that there are none`
  }

  #takeOver(keys: readonly string[], path: string, isFirst: boolean): void {
    const { log } = this.#input
    const [added, gone] = [without(keys, this.#ofFile), without(this.#ofFile, keys)]
    if (!isFirst && added + gone === 0) return
    this.#set(keys)
    if (isFirst) log.info('API keys were read from a file', { file: path, keys: keys.length })
    else log.info('API keys have changed', { file: path, keys: keys.length, added, gone })
    if (keys.length === 0) log.warn(`there is no API key in ${path}: it lets nobody in`)
    warnOfOthers(path, log)
  }

  #set(keys: readonly string[]): void {
    this.#ofFile = keys
    this.keys = [...new Set([...this.#input.besides, ...keys])]
  }

  [Symbol.dispose](): void {
    this.#following[Symbol.dispose]()
    this.#watch?.[Symbol.dispose]()
    this.#watch = undefined
  }
}

/** How many of these are not among those. */
const without = (these: readonly string[], those: readonly string[]): number =>
  new Set(these).difference(new Set(those)).size

/** Whoever may write it can let everybody in. That all may read it is usual for secrets in containers, and told of no file. */
function warnOfOthers(path: string, log: Log): void {
  if (process.platform === 'win32' || !mayBeWrittenByAll(path)) return
  log.warn(`anybody on this machine may write API keys into ${path}: chmod o-w ${path}`)
}

function mayBeWrittenByAll(path: string): boolean {
  try {
    return (statSync(path).mode & 0o002) !== 0
  } catch {
    return false
  }
}
