/** The variables of the process, as the configuration read them. */
export type Environment = Readonly<Record<string, string | undefined>>
