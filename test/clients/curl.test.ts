import { afterAll, expect, test } from 'bun:test'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { curlOf, shownServer } from '../../scripts/generate-endpoints-page.ts'
import type { Route, RouteExample } from '../../src/http/define-route.ts'
import { readFrames } from '../../src/http/event-framing.ts'
import * as routes from '../../src/http/routes.gen.ts'
import { type OpenServer, openServer } from '../fakes/open-server.ts'

/** Every command of docs/endpoints.md, typed into a shell. The models behind the server are the fake runtime's. */

const page = await Bun.file(new URL('../../docs/endpoints.md', import.meta.url)).text()
const isThere = Bun.which('curl') !== null
const opened: OpenServer[] = []
afterAll(() => Promise.all(opened.map((open) => open[Symbol.asyncDispose]())))

interface Shown {
  readonly route: Route
  readonly example: RouteExample
  readonly command: string
}

const shown: readonly Shown[] = Object.values(routes).flatMap((route: Route) =>
  route.examples.map((example) => ({ route, example, command: curlOf(route, example) })),
)

test('the page has a command for every endpoint', () => {
  expect(shown.filter(({ command }) => !page.includes(`\n${command}\n`)).map(({ command }) => command)).toEqual([])
  expect(page.match(/^curl /gm)).toHaveLength(shown.length)
})

for (const { route, example, command } of shown)
  test.skipIf(!isThere)(`${route.method} ${route.path}: ${example.name}`, async () => {
    // One for each: what one request leaves behind must not show in the answer to another.
    const open = openServer()
    opened.push(open)
    const { status, body } = await typed(command.replaceAll(shownServer, open.server.url))
    const { raw, events, reply } = example
    expect(status).toBe(raw?.status ?? (events ? 200 : (route.status ?? 200)))
    if (raw) expect(body).toContain(raw.contains)
    else if (events) expect(readFrames(body, route.framing ?? 'done').length).toBe(events.length)
    else expect(Object.keys(JSON.parse(body)).sort()).toEqual(Object.keys(reply as object).sort())
  })

const run = promisify(execFile)

/** Has a shell carry out the command, which says the status behind the body. */
async function typed(command: string): Promise<{ status: number; body: string }> {
  const asking = command.replace(/^curl /, "curl --noproxy '*' --max-time 20 -w '\\n%{http_code}' ")
  const { stdout } = await run('sh', ['-c', asking], { maxBuffer: 2 ** 24 })
  const end = stdout.lastIndexOf('\n')
  return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) }
}
