import { isOpenAi, type Route, type RouteExample, scopeOf } from '../src/http/define-route.ts'
import { parsePath } from '../src/http/route-path.ts'

/** The server that the commands of the page ask. */
export const shownServer = 'http://localhost:8080'

const intro = `# Endpoints

Every endpoint, what it asks of an API key, and how to call it with curl. This page is made from the routes themselves
(\`npm run generate\`), and a test runs every command that stands here. \`/docs\` of a running server shows the same with the
schemas of bodies and answers, and the refusals of each.

- **Scope**: what a key has to allow where keys are asked for; \`open\` answers everybody. Send a key with
  \`-H "Authorization: Bearer $HEARTH_API_KEY"\`. The scope \`admin\` includes the others.
- **Streams**: answers with server-sent events where the request asks for it.
- **Providers**: \`model\` may name a model of another server, as \`provider/model\`.
- **Errors**: \`OpenAI\` is \`{"error": {…}}\`, \`RFC 9457\` problem details.`

/** Makes docs/endpoints.md: the matrix of all endpoints, and how to call each. */
export async function renderEndpointsPage(): Promise<string> {
  // Not before: the list of routes is generated too, by the same run.
  const routes: readonly Route[] = Object.values(await import('../src/http/routes.gen.ts'))
  const sorted = routes.toSorted((one, other) => order(one.path, other.path) || order(one.method, other.method))
  return `${[intro, matrix(sorted), ...sorted.map(section)].join('\n\n')}\n`
}

const order = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)

function matrix(routes: readonly Route[]): string {
  const rows = routes.map((route) => [
    `[\`${nameOf(route)}\`](#${anchorOf(nameOf(route))})`,
    route.summary,
    scopeOf(route),
    'not' in route.event ? '' : 'yes',
    route.upstream ? 'yes' : '',
    isOpenAi(route) ? 'OpenAI' : 'RFC 9457',
  ])
  const head = ['Endpoint', 'What it does', 'Scope', 'Streams', 'Providers', 'Errors']
  const cells = [head, head.map(() => '---'), ...rows]
  return cells.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
}

const nameOf = ({ method, path }: Route): string => `${method} ${path}`

/** As pages of Markdown make anchors of headings. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')

function section(route: Route): string {
  const commands = route.examples.map((example) => `# ${example.name}\n${curlOf(route, example)}`)
  return `## ${nameOf(route)}\n\n${route.summary}.\n\n\`\`\`sh\n${commands.join('\n')}\n\`\`\``
}

/** What sends an example to the server of the page, in the words of a POSIX shell. */
export function curlOf(route: Route, { params, query, send, events }: RouteExample): string {
  const values = (params ?? {}) as Record<string, string>
  const path = parsePath(route.path).template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURI(values[name] ?? ''))
  const asked = new URLSearchParams((query ?? {}) as Record<string, string>).toString()
  const hasBody = send !== undefined
  const usual = hasBody ? 'POST' : 'GET'
  return [
    'curl -s',
    ...(events ? ['-N'] : []),
    ...(route.method === usual ? [] : [`-X ${route.method}`]),
    quoted(`${shownServer}${path}${asked && `?${asked}`}`),
    ...(hasBody ? [`-H 'Content-Type: application/json' -d ${quoted(JSON.stringify(send))}`] : []),
  ].join(' ')
}

/** One word of a shell. */
const quoted = (text: string): string =>
  /^[\w./:@%-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
