import type { CommandContext } from './command.ts'

/** Ways to set a text apart on a terminal. */
export interface Styles {
  dim(text: string): string
  bold(text: string): string
}

const wrapIn = (start: number, end: number) => (text: string) => `\u001b[${start}m${text}\u001b[${end}m`
const onTerminal: Styles = { dim: wrapIn(2, 22), bold: wrapIn(1, 22) }
const plain: Styles = { dim: (text) => text, bold: (text) => text }

/** Styles of a stream: none where nobody sits at it, or wants none. */
export const stylesFor = (
  { streams, environment }: Pick<CommandContext, 'streams' | 'environment'>,
  name: 'output' | 'errors',
): Styles => (streams[name].isTTY && !environment.isColorUnwanted ? onTerminal : plain)

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it is for.
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** A text from elsewhere as it may stand on a terminal: what would move the cursor or worse is left out. */
export const harmless = (text: string): string => text.replace(controls, '')
