import type { Live } from './core/live.ts'
import type { Limits } from './http/services.ts'
import type { Log } from './observe/log.ts'

/** Says when the log begins to hold what is asked and answered, and when it does so no more. */
export function warnOfContent(limits: Live<Limits>, log: Log): void {
  const warn = () =>
    log.warn('the log holds what is asked and answered, as log_content wants: turn it off when the fault is found')
  if (limits.current.logsContent) warn()
  limits.onChange((now, before) => {
    if (now.logsContent === before.logsContent) return
    if (now.logsContent) warn()
    else log.info('the log no longer holds what is asked and answered')
  })
}
