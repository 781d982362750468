import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import process from 'node:process'
import type { Config } from './config/config.ts'
import { messageOf, ServerError } from './core/errors.ts'
import type { Live } from './core/live.ts'
import { BackgroundResponses } from './http/responses/background-responses.ts'
import type { Log } from './observe/log.ts'
import { isProcessRunning } from './platform/process-probe.ts'
import { createResponseStore } from './store/create-response-store.ts'
import type { ResponseStore } from './store/response-store.ts'

/** When what is too old is looked for, also when nobody asks for anything: after the start, again, and while there is more. */
const pauses = { first: 60_000, usual: 3_600_000, more: 1000 } as const

/** What keeps responses, and what makes them in the background. */
export function composeResponses({ config, log }: { config: Live<Config>; log: Log }): {
  readonly responses: ResponseStore
  readonly background: BackgroundResponses
} {
  const responses = createResponseStore({
    path: config.current.store_path,
    self: { id: randomBytes(16).toString('hex'), host: hostname(), process: process.pid },
    limits: {
      get days() {
        return config.current.response_days
      },
      get bytes() {
        return config.current.store_max_bytes
      },
    },
    isProcessRunning,
    now: () => Date.now(),
  })
  tidyNowAndThen(responses, log)
  return { responses, background: new BackgroundResponses(() => config.current.max_background) }
}

function tidyNowAndThen(responses: ResponseStore, log: Log): void {
  const tidy = () => {
    let hasMore = false
    try {
      hasMore = responses.tidy()
    } catch (error) {
      if (error instanceof ServerError && error.code === 'shutting_down') return
      log.warn('old responses could not be deleted', { problem: messageOf(error) })
    }
    setTimeout(tidy, hasMore ? pauses.more : pauses.usual).unref()
  }
  setTimeout(tidy, pauses.first).unref()
}
