import type { Config } from '../config/config.ts'
import { findServer, requireServer } from './client/find-server.ts'
import { gpuNotices } from './client/gpu-notices.ts'
import type { HearthClient } from './client/hearth-client.ts'
import { serverAddress } from './client/server-address.ts'
import type { CommandContext } from './command.ts'
import { interruptible } from './interruptible.ts'
import { reportProblems } from './report-problems.ts'

/** What a command that uses a server works with. */
export interface ServerWork {
  readonly client: HearthClient
  readonly config: Config
  /** The flags of the command alone, without those of the configuration. */
  readonly context: CommandContext
  /** Whether the server is part of this process, and ends with the work. */
  readonly isOwn: boolean
  readonly signal: AbortSignal
}

interface ServerCall {
  readonly context: CommandContext
  /** Names of the command's own flags: all others are options of the configuration. */
  readonly ownFlags: readonly string[]
  /** Where no server runs: `start` starts the parts of one in this process, `refuse` is an error. */
  readonly without: 'start' | 'refuse'
  /** Further problems of the command line, found by the command. */
  readonly problems?: CommandContext['problems']
}

/**
 * Runs work with the running server, or with parts of one in this process, and resolves with the exit code: that of the
 * work, 2 for what cannot be understood, 130 after Ctrl+C, 0 when whoever reads the output has had enough.
 */
export async function withServer(
  { context, ownFlags, without, problems: found = [] }: ServerCall,
  work: (call: ServerWork) => Promise<number>,
): Promise<number> {
  const { readConfig } = await import('./read-config.ts')
  const { own, options } = separateFlags(context.flags, ['url', ...ownFlags])
  const { config, problems } = readConfig({ ...context, flags: options })
  const address = serverAddress(context, config)
  // A server that runs has folders and files of its own: whoever names others means this process.
  const ofHere = without === 'start' ? ['models-dir', 'model-path'].filter((name) => options[name] !== undefined) : []
  const wrong = 'problem' in address ? [address.problem] : address.isNamed ? ofHere.map(notThere) : []
  if (reportProblems([...problems, ...found, ...wrong], context) || 'problem' in address) return 2
  return untilReaderLeaves(context, async (signal) => {
    const search = { address, environment: context.environment, signal }
    const call = { config, context: { ...context, flags: own }, signal }
    const mayBeThere = ofHere.length === 0
    const running = await (without === 'refuse' ? requireServer(search) : mayBeThere ? findServer(search) : undefined)
    if (running) return await work({ ...call, client: running.client, isOwn: false })
    const { startOwnServer } = await import('./client/own-server.ts')
    const notices = gpuNotices(context)
    await using server = await startOwnServer(config, context.environment, notices.log)
    return await work({ ...call, client: server.client, isOwn: true }).finally(() => notices.end())
  })
}

const notThere = (name: string) => ({
  path: `--${name}`,
  message: 'a running server has folders and files of its own; leave it out, or leave out --url and HEARTH_URL',
})

/** Parts the flags of a command from the options of the configuration. */
export function separateFlags(flags: CommandContext['flags'], names: readonly string[]) {
  const isOwn = ([name]: readonly [string, string]) => names.includes(name)
  const all = Object.entries(flags)
  return {
    own: Object.fromEntries(all.filter(isOwn)),
    options: Object.fromEntries(all.filter((flag) => !isOwn(flag))),
  }
}

/** As `interruptible`; the work ends early too when nobody reads its output any more, which is no failure. */
export function untilReaderLeaves(
  { streams }: Pick<CommandContext, 'streams'>,
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  return interruptible(async (signal) => {
    const gone = new AbortController()
    let lost: NodeJS.ErrnoException | undefined
    const leave = (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') lost = error
      gone.abort(new Error('nobody reads the output'))
    }
    streams.output.once('error', leave)
    try {
      return await work(AbortSignal.any([signal, gone.signal]))
    } catch (error) {
      if (gone.signal.aborted && !signal.aborted) return lost ? 1 : 0
      throw error
    } finally {
      streams.output.off('error', leave)
    }
  })
}
