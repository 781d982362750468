import { messageOf } from '../core/errors.ts'
import type { LiveValue } from '../core/live.ts'
import { isSameValue } from '../core/same-value.ts'
import { type FileWatch, watchFile } from '../platform/watch-file.ts'
import type { Config } from './config.ts'
import { type ConfigChange, changesOf, liveOf } from './config-changes.ts'
import type { FileReading } from './file-text.ts'
import { readAgain } from './find-file.ts'
import type { LoadedConfig } from './load.ts'
import { type ConfigProblem, problemLine } from './problem.ts'

/** Where a configuration came from, so that it can be made anew. */
export interface ConfigSource {
  /** Absolute path of the file, which need not be there. */
  readonly path: string
  /** The text that it had when it was read first; absent: it was not there. */
  readonly text?: string
  /** Checks a text of the file and joins it with flags, variables and defaults, as at the start. Absent: there is no file. */
  load(text?: string): Pick<LoadedConfig, 'config' | 'problems'>
}

/** How the configuration of a running server stands. */
export interface ConfigStanding {
  /** The file. Absent: none is read. */
  readonly path?: string
  readonly isWatched: boolean
  /** `kept`: the file cannot be used, so what was in force before it still is. */
  readonly state: 'current' | 'kept'
  /** When the file was judged last, and when a change took effect last; seconds since 1970. */
  readonly readSeconds: number
  readonly changedSeconds?: number
  /** Why it is kept. */
  readonly problems: readonly ConfigProblem[]
  /** What the file says and a new start alone brings about. */
  readonly awaitsRestart: readonly ConfigChange[]
}

/** The standing after a look at the file, and what took effect by it. */
export interface ReloadOutcome extends ConfigStanding {
  readonly changes: readonly ConfigChange[]
}

/** Whoever knows how the configuration stands, and reads the file again for those who ask. */
export interface ConfigFollower {
  readonly standing: ConfigStanding
  /** Never rejects. */
  reload(): Promise<ReloadOutcome>
}

export interface ReloaderParts {
  readonly source: ConfigSource
  /** Set whenever something changes that can take effect. */
  readonly live: LiveValue<Config>
  readonly log: Record<'info' | 'warn' | 'error', (message: string, facts?: Readonly<Record<string, string>>) => void>
  /** What speaks against a configuration besides what stands in it, as at the start. Absent: nothing. */
  readonly check?: (config: Config) => readonly ConfigProblem[]
  /** Milliseconds since 1970. */
  now(): number
  readonly timing?: {
    /** As those of `watchFile`. */
    readonly settleMilliseconds?: number
    readonly pollMilliseconds?: number
    /** So long mistakes have to stand before they are told: some editors write a file in several goes. Default: 1000. */
    readonly patienceMilliseconds?: number
  }
}

/**
 * Follows the file of a running server. A text with a mistake changes nothing, and neither does a file that is gone, empty
 * or out of reach: what is in force stays, whole, and the log says why.
 */
export class ConfigReloader implements ConfigFollower, Disposable {
  readonly #parts: ReloaderParts
  #watch: FileWatch | undefined
  #patience: NodeJS.Timeout | undefined
  /** One look after the other. */
  #looks: Promise<unknown> = Promise.resolve()
  /** What was in the file when it was judged last, and when it was last good. */
  #judged: string
  #good: string
  #standing: Omit<ConfigStanding, 'path' | 'isWatched'>
  #isStarted = false
  /** There is nothing to be read a second time, as of `<(command)` in shells. */
  #isReadOnce = false
  #isClosed = false

  constructor(parts: ReloaderParts) {
    this.#parts = parts
    this.#judged = this.#good = printOf(parts.source.text)
    this.#standing = { state: 'current', readSeconds: parts.now() / 1000, problems: [], awaitsRestart: [] }
  }

  /** From now on changes are followed, where that is wanted: also those since the file was read first. Resolves when they are. */
  async start(): Promise<void> {
    this.#isStarted = true
    this.#isReadOnce = 'isPipe' in (await readAgain(this.#parts.source.path))
    this.#watchAsWanted()
    await this.#watch?.ready
    if (this.#watch) await this.#follow(true)
  }

  get standing(): ConfigStanding {
    return { path: this.#parts.source.path, isWatched: this.#watch !== undefined, ...this.#standing }
  }

  /** Reads the file now, since somebody asks for it. */
  reload(): Promise<ReloadOutcome> {
    return this.#next(async () => {
      const reading = await readAgain(this.#parts.source.path)
      const changes = this.#judge(reading)
      if (this.#standing.state === 'current' && changes.length === 0)
        this.#parts.log.info(`${this.#parts.source.path} was read again: nothing has changed`)
      return { ...this.standing, changes }
    })
  }

  /** A file that has changed by itself: what is wrong with it is told once it has been so for a while. */
  #follow(isPatient: boolean): Promise<void> {
    return this.#next(async () => {
      if (this.#isClosed) return
      clearTimeout(this.#patience)
      const reading = await readAgain(this.#parts.source.path)
      const print = printOf(textOf(reading), reading)
      if (print === this.#judged) return
      const verdict = this.#verdictOn(reading)
      if (isPatient && 'problems' in verdict) this.#wait()
      else this.#judge(reading, verdict)
    })
  }

  #wait(): void {
    if (this.#isClosed) return
    this.#patience = setTimeout(() => void this.#follow(false), this.#parts.timing?.patienceMilliseconds ?? 1000)
    this.#patience.unref()
  }

  #next<Value>(look: () => Promise<Value>): Promise<Value> {
    const looked = this.#looks.then(look)
    this.#looks = looked.catch(() => {})
    return looked
  }

  /** Takes over what the file says, or says why not. Answers what took effect. */
  #judge(reading: FileReading, verdict = this.#verdictOn(reading)): readonly ConfigChange[] {
    this.#judged = printOf(textOf(reading), reading)
    if ('config' in verdict) return this.#takeOver(textOf(reading), verdict.config)
    const { log, source, now } = this.#parts
    const problems = verdict.problems.slice(0, mostProblems)
    this.#standing = { ...this.#standing, state: 'kept', readSeconds: now() / 1000, problems }
    log.error(`the configuration stays as it was, since ${source.path} cannot be used:`)
    for (const problem of problems) log.error(problemLine(problem))
    const more = verdict.problems.length - problems.length
    if (more > 0) log.error(`and ${more} more; hearth config check shows all of them`)
    return []
  }

  /** As at the start, and besides: what the file said is not taken back because it is gone, or was cut to nothing. */
  #verdictOn(reading: FileReading): Verdict {
    const { source, check } = this.#parts
    const text = textOf(reading)
    const hadText = this.#good !== printOf(undefined) && this.#good !== printOf('')
    if (text === undefined && 'problem' in reading && (hadText || !reading.isMissing))
      return { problems: [{ path: '', message: reading.problem }] }
    if (text?.trim() === '' && hadText) return { problems: [{ path: '', message: emptiness(source.path) }] }
    const { config, problems: inIt } = source.load(text)
    const problems = inIt.length > 0 ? inIt : (check?.(config) ?? [])
    return problems.length > 0 ? { problems } : { config }
  }

  #takeOver(text: string | undefined, wanted: Config): readonly ConfigChange[] {
    const { source, live, log, now } = this.#parts
    this.#good = printOf(text)
    const all = changesOf(live.current, wanted)
    const [changes, awaitsRestart] = [all.filter(({ isLive }) => isLive), all.filter(({ isLive }) => !isLive)]
    const before = this.#standing
    const seconds = now() / 1000
    this.#standing = {
      ...{ state: 'current', readSeconds: seconds, problems: [], awaitsRestart },
      ...(changes.length > 0
        ? { changedSeconds: seconds }
        : before.changedSeconds && { changedSeconds: before.changedSeconds }),
    }
    if (changes.length > 0) this.#set(liveOf(live.current, wanted))
    if (changes.length > 0) log.info(`the configuration has changed: ${keysOf(changes)}`, textsOf(changes))
    else if (before.state === 'kept') log.info(`${source.path} can be used again; nothing else has changed`)
    if (awaitsRestart.length > 0 && !isSameValue(awaitsRestart, before.awaitsRestart))
      log.warn(
        `the server has to be started anew for these to take effect: ${keysOf(awaitsRestart)}`,
        textsOf(awaitsRestart),
      )
    this.#watchAsWanted()
    return changes
  }

  #set(config: Config): void {
    try {
      this.#parts.live.set(config)
    } catch (error) {
      this.#parts.log.error(`not everything that has changed in the configuration took effect: ${messageOf(error)}`)
    }
  }

  #watchAsWanted(): void {
    const { source, live, timing } = this.#parts
    if (!live.current.watch_config || !this.#isStarted || this.#isReadOnce || this.#isClosed) {
      this.#watch?.[Symbol.dispose]()
      this.#watch = undefined
    } else this.#watch ??= watchFile(source.path, { ...timing, onChange: () => void this.#follow(true) })
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    clearTimeout(this.#patience)
    this.#watchAsWanted()
  }
}

/** What is made of a file: a configuration that can be used, or why none is. */
type Verdict = { readonly config: Config } | { readonly problems: readonly ConfigProblem[] }

/** So many are told: of a file that is none of ours every line is a mistake. */
const mostProblems = 20

const emptiness = (path: string) => `the file ${path} is empty; a comment in it says that nothing is to be set`

const textOf = (reading: FileReading): string | undefined => ('text' in reading ? reading.text : undefined)

/** Differs for texts that differ, and for reasons why there is none; a file that is not there is the same as ever. */
function printOf(text: string | undefined, reading?: FileReading): string {
  if (text !== undefined) return `text ${text.trim() === '' ? '' : text}`
  return reading && 'problem' in reading && !reading.isMissing ? `problem ${reading.problem}` : 'missing'
}

const keysOf = (changes: readonly ConfigChange[]) => changes.map(({ key }) => key).join(', ')

const textsOf = (changes: readonly ConfigChange[]) => Object.fromEntries(changes.map(({ key, text }) => [key, text]))
