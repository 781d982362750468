import type { CommandContext } from './command.ts'
import { harmless, stylesFor } from './styles.ts'

/** A line on the terminal of standard error that is taken away again; nothing where that is no terminal. */
export interface StatusLine {
  show(text: string): void
  clear(): void
}

export function createStatusLine(context: Pick<CommandContext, 'writeError' | 'streams' | 'environment'>): StatusLine {
  const isShowable = context.streams.errors.isTTY === true
  const { dim } = stylesFor(context, 'errors')
  let isShown = false
  return {
    show(text) {
      if (!isShowable) return
      isShown = true
      context.writeError(`\r\u001b[K${dim(harmless(text))}`)
    },
    clear() {
      if (isShown) context.writeError('\r\u001b[K')
      isShown = false
    },
  }
}
