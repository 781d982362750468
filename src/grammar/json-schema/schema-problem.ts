/** Why a schema cannot be enforced. `path` names the keyword, `problem` is a whole sentence without its full stop. */
export class SchemaProblem extends Error {
  readonly path: string
  readonly problem: string

  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`)
    this.name = 'SchemaProblem'
    this.path = path
    this.problem = problem
  }
}

/** What was left out of a schema that need not be enforced wholly. */
export interface SchemaWarning {
  readonly path: string
  readonly problem: string
}

/** The path of a member: `schema.properties.age`, or `schema.properties["a b"]`. */
export function pathOf(path: string, ...names: readonly (string | number)[]): string {
  return names.reduce<string>((before, name) => {
    if (typeof name === 'number') return `${before}[${name}]`
    if (/^[\w$-]+$/.test(name)) return `${before}.${name}`
    return `${before}[${JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name)}]`
  }, path)
}
