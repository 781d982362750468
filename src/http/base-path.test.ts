import { expect, test } from 'bun:test'
import { openServer } from '../../test/fakes/open-server.ts'
import { routeParts } from '../core/provider-names.ts'
import { firstParts } from './route-path.ts'
import * as routes from './routes.gen.ts'

const atBase = () => openServer({ limits: { basePath: '/hearth', maxHeaderBytes: 2048 } })
const ask = (url: string, headers: Record<string, string> = {}) => fetch(url, { headers, redirect: 'manual' })

test('everything answers under the base path and without it', async () => {
  await using open = atBase()
  const { url } = open.server
  for (const base of ['', '/hearth']) {
    expect((await ask(`${url}${base}/v1/models`)).status).toBe(200)
    expect((await ask(`${url}${base}/api/tags?x=1`)).status).toBe((await ask(`${url}/api/tags?x=1`)).status)
    const body = { messages: [{ role: 'user', content: 'Hi' }] }
    expect((await open.post(`${base}/v1/chat/completions`, body)).status).toBe(200)
  }
  // Only whole parts of a path count, and only once.
  for (const path of ['/hearthside/v1/models', '/hearth/hearth/v1/models', '/Hearth/v1/models'])
    expect((await ask(url + path)).status, path).toBe(404)
  expect(await (await ask(`${url}/hearth/v1/absent`)).text()).toContain('/v1/absent')
})

test('links lead to where the client has the server', async () => {
  await using open = atBase()
  const { url } = open.server
  const seen = async (path: string, prefix?: string) => {
    const headers = prefix === undefined ? {} : { 'x-forwarded-prefix': prefix }
    const start = await ask(`${url}${path}/`, headers)
    const document = (await (await ask(`${url}${path}/docs/json`, headers)).json()) as { servers: { url: string }[] }
    return [start.status, start.headers.get('location'), document.servers[0]?.url]
  }
  expect(await seen('')).toEqual([302, '/docs', '/'])
  expect(await seen('/hearth')).toEqual([302, '/hearth/docs', '/hearth'])
  expect((await ask(`${url}/hearth`)).headers.get('location')).toBe('/hearth/docs')
  // A proxy that takes the path off says which it was.
  expect(await seen('', '/llm/local/')).toEqual([302, '/llm/local/docs', '/llm/local'])
  for (const prefix of [
    '//evil.example.com',
    'https://evil.example.com',
    '/a"onload="x',
    '/a b',
    `/${'a'.repeat(300)}`,
  ])
    expect(await seen('', prefix), prefix).toEqual([302, '/docs', '/'])
})

test('the page of the documentation finds its files and the document under any path', async () => {
  await using open = atBase()
  for (const base of ['', '/hearth']) {
    const place = `${open.server.url}${base}/docs`
    const page = await (await ask(place)).text()
    const links = [...page.matchAll(/(?:src|href)="([^"]+)"|url: '([^']+)'/g)].map(
      ([, one, other]) => one ?? other ?? '',
    )
    expect(links.length).toBe(4)
    for (const link of links) {
      const found = new URL(link, place)
      expect(found.pathname).toStartWith(`${base}/docs/`)
      expect((await ask(found.href)).status, found.href).toBe(200)
    }
  }
})

test('a head that is too large is refused in words, and the connection goes on', async () => {
  await using open = atBase()
  const { url } = open.server
  const response = await ask(`${url}/v1/models`, { 'x-large': 'a'.repeat(3000) })
  expect([response.status, await response.json()]).toMatchObject([
    431,
    { error: { code: 'head_too_large', message: 'The head of the request is larger than 2048 bytes.' } },
  ])
  expect((await ask(`${url}/v1/${'a'.repeat(3000)}`)).status).toBe(431)
  expect((await ask(`${url}/v1/models`, { 'x-large': 'a'.repeat(1000) })).status).toBe(200)
})

test('a base path hides none of the paths: their beginnings are known to who checks it', () => {
  const parts = firstParts(Object.values(routes).map(({ path }) => path))
  expect(parts.length).toBeGreaterThan(2)
  expect(parts.filter((part) => !routeParts.some((known) => known === part))).toEqual([])
})
