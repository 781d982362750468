import type { Route } from '../src/http/define-route.ts'

const markers = { start: '<!-- routes:start -->', end: '<!-- routes:end -->' }

/**
 * The document with the table of all endpoints between its markers, and everything else as it was. A document without
 * markers comes back as it is.
 */
export async function withRouteTable(document: string): Promise<string> {
  const [from, to] = [document.indexOf(markers.start), document.indexOf(markers.end)]
  if (from < 0 || to < from) return document
  // Not before: the list of routes is generated too, by the same run.
  const routes = await import('../src/http/routes.gen.ts')
  return `${document.slice(0, from + markers.start.length)}\n${renderRouteTable(Object.values(routes))}\n${document.slice(to)}`
}

function renderRouteTable(all: readonly Route[]): string {
  const sorted = all.toSorted((left, right) => compare(left.path, right.path) || compare(left.method, right.method))
  const rows = sorted.map(({ method, path, summary }) => [`\`${method} ${path}\``, summary])
  const lines = [['Endpoint', 'What it does'], ['---', '---'], ...rows]
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
}

const compare = (left: string, right: string) => (left < right ? -1 : left > right ? 1 : 0)
