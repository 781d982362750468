/** A route's path, in the forms in which it is needed. */
export interface RoutePath {
  /** For the router: `/v1/models/:id`, `/docs/*`. */
  readonly pattern: string
  /** For the OpenAPI document: `/v1/models/{id}`. */
  readonly template: string
  readonly expression: RegExp
  readonly names: readonly string[]
}

/**
 * Reads `/a/{name}/{rest...}`: a name stands for one part of a path, with dots for all the rest of it. A name at the very
 * beginning is none of the `taken` ones.
 */
export function parsePath(path: string, taken: readonly string[] = []): RoutePath {
  const names = [...path.matchAll(/\{(\w+)(?:\.\.\.)?\}/g)].map((match) => match[1] ?? '')
  const pattern = path.replace(/\{\w+\.\.\.\}/, '*').replace(/\{(\w+)\}/g, ':$1')
  const expression = path
    .replace(/[.*+?^$()|[\]\\]/g, '\\$&')
    .replace(/\{\w+\\\.\\\.\\\.\}/, '(.+)')
    .replace(/\{\w+\}/g, '([^/]+)')
  const end = path === '/' ? '' : '/?'
  const others = path.startsWith('/{') && taken.length > 0 ? `(?!/(?:${taken.join('|')})/)` : ''
  return {
    pattern,
    template: path.replace('...}', '}'),
    expression: new RegExp(`^${others}${expression}${end}$`),
    names,
  }
}

/** First parts of paths that belong to these routes, and are no name. */
export const firstParts = (paths: readonly string[]): readonly string[] => [
  ...new Set(paths.map((path) => path.split('/')[1] ?? '').filter((part) => /^[\w-]+$/.test(part))),
]

/** The values of the names, decoded; undefined when the path is another one. A bad %-escape is taken as it stands. */
export function matchPath(route: RoutePath, path: string): Readonly<Record<string, string>> | undefined {
  const match = route.expression.exec(path)
  if (!match) return undefined
  return Object.fromEntries(route.names.map((name, index) => [name, decode(match[index + 1] ?? '')]))
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
