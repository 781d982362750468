/** What the system says of the service now. */
export interface ServiceState {
  readonly state: 'running' | 'starting' | 'stopping' | 'stopped' | 'failed' | 'unknown'
  /** Whether it starts by itself: with the machine, or when its user comes. Absent: the system does not tell. */
  readonly isEnabled?: boolean
  readonly pid?: number
  readonly since?: Date
  /** How often the system has started it anew since it was started by hand or by the machine. */
  readonly restarts?: number
  /** How it ended the last time, in the system's own words: `exit-code 1`, `signal 9`. */
  readonly lastEnd?: string
}
