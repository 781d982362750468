export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Where the program says what it does. Facts are values to search for; they never hold prompts, answers or keys. */
export interface Log {
  debug(message: string, facts?: Readonly<Record<string, unknown>>): void
  info(message: string, facts?: Readonly<Record<string, unknown>>): void
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void
  error(message: string, facts?: Readonly<Record<string, unknown>>): void
}
