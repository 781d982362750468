import type { CommandContext } from '../command.ts'
import { createStatusLine } from '../status-line.ts'
import { harmless, stylesFor } from '../styles.ts'
import type { AnswerEnd, AnswerPiece } from './ask-model.ts'

/** Writes an answer: its text to standard output, and everything else where it is no data. */
export interface AnswerWriter {
  write(piece: AnswerPiece): void
  /** What the answer waits for, on a terminal only. */
  wait(text: string): void
  /** To be called when the answer is over, however it ended. */
  end(): void
}

/** A writer for one answer. What the model thinks is shown, dimmed, to people only. */
export function createAnswerWriter(context: Pick<CommandContext, 'write' | 'writeError' | 'streams' | 'environment'>) {
  const isTerminal = context.streams.output.isTTY === true
  const { dim } = stylesFor(context, 'output')
  const status = createStatusLine(context)
  let last: string | undefined
  let isThinking = false
  const say = (text: string) => {
    const shown = isTerminal ? harmless(text) : text
    if (shown === '') return
    last = shown.at(-1)
    context.write(isThinking ? dim(shown) : shown)
  }
  return {
    write(piece) {
      status.clear()
      if (piece.type === 'end' || (piece.type === 'thinking' && !isTerminal)) return
      const begins = piece.type === 'thinking'
      if (isThinking && !begins) say(last === '\n' ? '\n' : '\n\n')
      isThinking = begins
      say(piece.text)
    },
    wait: status.show,
    end() {
      status.clear()
      isThinking = false
      if (last !== undefined && last !== '\n') context.write('\n')
    },
  } satisfies AnswerWriter
}

/** What `--verbose` tells of an answer, a line a fact. */
export function verboseLines(end: AnswerEnd): string {
  const { promptMilliseconds, generationMilliseconds, cachedTokens } = end
  const rows: readonly [string, string][] = [
    ['model', end.model],
    ['prompt', `${end.promptTokens} tokens${cachedTokens > 0 ? `, ${cachedTokens} of them known already` : ''}`],
    ...(promptMilliseconds
      ? [['reading', rate(end.promptTokens - cachedTokens, promptMilliseconds)] as [string, string]]
      : []),
    ['answer', `${end.completionTokens} tokens, ended by ${end.finishReason}`],
    ...(generationMilliseconds
      ? [['generating', rate(end.completionTokens - 1, generationMilliseconds)] as [string, string]]
      : []),
    ['first token', `${Math.round(end.firstMilliseconds)} ms`],
    ['whole', `${(end.wholeMilliseconds / 1000).toFixed(2)} s`],
  ]
  return rows.map(([name, value]) => `${`${name}:`.padEnd(13)}${value}\n`).join('')
}

const rate = (tokens: number, milliseconds: number) =>
  tokens > 0 && milliseconds > 0 ? `${((tokens / milliseconds) * 1000).toFixed(1)} tokens/s` : '-'
