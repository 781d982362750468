import type { CommandContext } from './command.ts'
import { harmless, stylesFor } from './styles.ts'

/** A line on the terminal of standard error that is taken away again; nothing where that is no terminal. */
export interface StatusLine {
  show(text: string): void
  clear(): void
}

export function createStatusLine(context: Pick<CommandContext, 'writeError' | 'streams' | 'environment'>): StatusLine {
  const { streams, environment } = context
  const isShowable = streams.errors.isTTY === true && environment.variables.TERM !== 'dumb'
  const { dim } = stylesFor(context, 'errors')
  let isShown = false
  return {
    show(text) {
      if (!isShowable) return
      isShown = true
      // A line that is wrapped could not be taken away again.
      const columns = (streams.errors as { columns?: number }).columns ?? 80
      context.writeError(`\r\u001b[K${dim(harmless(text.replace(/\s/g, ' ')).slice(0, columns - 1))}`)
    },
    clear() {
      if (isShown) context.writeError('\r\u001b[K')
      isShown = false
    },
  }
}
