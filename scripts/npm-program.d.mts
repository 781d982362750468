/** How to start npm. */
export interface NpmProgram {
  readonly program: string
  /** Come before npm's own arguments. */
  readonly first: readonly string[]
  /** Whether it takes a shell to start it. */
  readonly shell: boolean
}

export function findNpm(): NpmProgram
