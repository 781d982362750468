/** Where this room says what it does; a `Log` is one. */
export interface ModelLog {
  info(message: string, facts?: Readonly<Record<string, unknown>>): void
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void
}
