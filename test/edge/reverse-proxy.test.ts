import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectFolder } from '../../scripts/project-folder.ts'
import { createGate } from '../fakes/gate.ts'
import { type OpenServer, openServer } from '../fakes/open-server.ts'

const nginx = Bun.which('nginx') ?? (existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : undefined)
const gate = createGate(1)

let folder = ''
let open: OpenServer
let proxy: ChildProcess
let url = ''

beforeAll(async () => {
  if (!nginx) return
  folder = mkdtempSync(join(tmpdir(), 'hearth-nginx-'))
  open = openServer({ limits: { basePath: '/hearth' }, runtime: { gate: gate.hold } })
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  writeFileSync(join(folder, 'nginx.conf'), configuration(port))
  proxy = spawn(nginx, ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log'], { stdio: 'inherit' })
  await untilUp()
}, 30_000)

afterAll(async () => {
  if (!nginx) return
  const gone = new Promise((resolve) => proxy.once('close', resolve))
  proxy.kill('SIGTERM')
  await gone
  await open[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

/** What README.md shows, and one place that takes the path off. */
function configuration(port: number): string {
  const text = readFileSync(join(projectFolder, 'README.md'), 'utf8')
  const shown = (/```nginx\n(.*?)```/s.exec(text)?.[1] ?? '').replace('127.0.0.1:8080', `127.0.0.1:${open.server.port}`)
  expect(shown).toContain(`proxy_pass http://127.0.0.1:${open.server.port};`)
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`)
  return `daemon off; master_process off; pid nginx.pid;
    events {}
    http {
      access_log off; ${folders.join(' ')}
      server {
        listen 127.0.0.1:${port};
        ${shown}
        location /stripped/ {
          proxy_pass http://127.0.0.1:${open.server.port}/;
          proxy_set_header X-Forwarded-Prefix /stripped;
        }
      }
    }`
}

function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

async function untilUp(): Promise<void> {
  while (proxy.exitCode === null) {
    const isUp = await fetch(url).then(
      () => true,
      () => false,
    )
    if (isUp) return
    await new Promise(setImmediate)
  }
  throw new Error(`nginx has ended: ${readFileSync(join(folder, 'error.log'), 'utf8')}`)
}

for (const prefix of ['/hearth', '/stripped'])
  test.skipIf(!nginx)(`behind nginx at ${prefix} everything is found, and links lead there`, async () => {
    expect((await fetch(`${url}${prefix}/v1/models`)).status).toBe(200)
    const start = await fetch(`${url}${prefix}/`, { redirect: 'manual' })
    expect(new URL(start.headers.get('location') ?? '', `${url}${prefix}/`).pathname).toBe(`${prefix}/docs`)
    const page = await (await fetch(`${url}${prefix}/docs`)).text()
    for (const [, link = ''] of page.matchAll(/(?:src|href)="([^"]+)"/g))
      expect((await fetch(new URL(link, `${url}${prefix}/docs`))).status, link).toBe(200)
    const document = (await (await fetch(`${url}${prefix}/docs/json`)).json()) as { servers: { url: string }[] }
    expect(document.servers).toEqual([{ url: prefix }])
  })

test.skipIf(!nginx)('events come through nginx when they are made, not when the answer ends', async () => {
  const body = JSON.stringify({ stream: true, messages: [{ role: 'user', content: 'Hi' }] })
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}/hearth/v1/chat/completions`, { method: 'POST', headers, body })
  const decoder = new TextDecoder()
  let text = ''
  let isOpen = false
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true })
    // The second token waits until the first one has come out at the other end.
    if (!isOpen && text.includes('"content":"')) {
      isOpen = true
      gate.open()
    }
  }
  expect(isOpen).toBe(true)
  expect(text).toEndWith('data: [DONE]\n\n')
})
