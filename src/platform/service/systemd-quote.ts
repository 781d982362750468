/**
 * A word of a setting of systemd that takes words (systemd.syntax(7), systemd.service(5)): quoted where it has to be, with
 * specifiers (`%`) as they stand. A colon has to be, too: BindPaths= has it between source and destination. Pure.
 */
export function systemdWord(text: string): string {
  const escaped = withoutSpecifiers(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  return /^[\w@%+=,./-]+$/.test(escaped) ? escaped : `"${escaped}"`
}

/** A command line: variables (`$`) stand as they are too, but for the path of the program, where systemd looks for none. */
export function systemdCommand([program, ...args]: readonly [string, ...string[]]): string {
  return [systemdWord(program), ...args.map((arg) => systemdWord(arg.replaceAll('$', '$$$$')))].join(' ')
}

/** A value that takes the rest of the line as it stands, but for specifiers. */
export const withoutSpecifiers = (text: string): string => text.replaceAll('%', '%%')

/** What no setting of systemd can hold in any quoting that all of its settings and versions read the same way. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones.
export const isBeyondSystemd = (text: string): boolean => /[\u0000-\u001f\u007f]/.test(text)

/** What systemd takes for no path of a program, however it is quoted. */
export const isNoProgramPath = (path: string): boolean => /["'\\\n\r]/.test(path)
