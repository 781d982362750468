import type { Log } from '../../observe/log.ts'
import type { CommandContext } from '../command.ts'

/** What a server in this process has to say to whoever runs a command, and nothing else of its log. */
export interface GpuNotices {
  readonly log: Log
  /** The work is done: what would have come between the words of an answer is told now. */
  end(): void
}

const ignore = () => {}

/**
 * Why models run on the processor, told once on standard error. At a terminal the load of a model tells it; there only GPUs
 * that this build cannot use are left, and they are told at the end.
 */
export function gpuNotices({ streams, writeError }: Pick<CommandContext, 'streams' | 'writeError'>): GpuNotices {
  let [unused, isTold]: [string | undefined, boolean] = [undefined, false]
  const tell = (message: string) => {
    if (!isTold) writeError(`hearth: ${message}\n`)
    isTold = true
  }
  return {
    log: {
      ...{ debug: ignore, info: ignore, error: ignore },
      warn(message, facts) {
        const isUnused = / (?:is|are) not used: this build /.test(message)
        if (!isUnused && !/^(?:models run|runs) on the CPU: /.test(message)) return
        const { model } = facts ?? {}
        if (!streams.errors.isTTY) tell(typeof model === 'string' ? `'${model}' ${message}` : message)
        else if (isUnused) unused ??= message
      },
    },
    end() {
      if (unused !== undefined) tell(unused)
    },
  }
}
