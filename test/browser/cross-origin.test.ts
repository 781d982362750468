import { expect, test } from 'bun:test'
import { serve } from '../../src/platform/serve.ts'
import { createMemoryLog } from '../fakes/memory-log.ts'
import { openServer } from '../fakes/open-server.ts'
import { chromiumPath, openBrowser } from './chromium.ts'

/** A page of another origin: another port of the same address, and another name. */
function servePage() {
  const page = () => new Response('<!doctype html><title>a page</title>', { headers: { 'content-type': 'text/html' } })
  return serve({ host: '127.0.0.1', port: 0, fetch: page, log: createMemoryLog() })
}

/** What a page can do: a question, a stream, an error, a change, and what it can read of the answers. */
const inThePage = async (url: string) => {
  const attempt = async (path: string, init: RequestInit = {}) => {
    try {
      const response = await fetch(url + path, init)
      const text = await response.text()
      return { status: response.status, id: response.headers.get('x-request-id') !== null, text }
    } catch (error) {
      return { refused: String(error) }
    }
  }
  const json = { 'content-type': 'application/json', authorization: 'Bearer none' }
  const chat = (more: object) => ({
    method: 'POST',
    headers: json,
    body: JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }], ...more }),
  })
  return {
    read: await attempt('/v1/models'),
    whole: await attempt('/v1/chat/completions', chat({})),
    streamed: await attempt('/v1/chat/completions', chat({ stream: true })),
    error: await attempt('/v1/chat/completions', chat({ model: 'absent' })),
    changed: await attempt('/api/v1/unload', { method: 'POST', headers: json, body: '{}' }),
  }
}

test.skipIf(!chromiumPath)(
  'a page of another origin is refused, and may do everything once it is allowed, streams included (needs Chromium)',
  async () => {
    await using open = openServer()
    const site = servePage()
    const browser = await openBrowser(chromiumPath ?? '')
    try {
      // By name it is another site, too: the server is at 127.0.0.1.
      const origin = site.url.replace('127.0.0.1', 'localhost')
      const tab = await browser.newPage()
      await tab.goto(origin)
      const refused = await tab.evaluate(inThePage, open.server.url)
      for (const attempt of Object.values(refused)) expect(attempt).toEqual({ refused: 'TypeError: Failed to fetch' })

      open.services.setLimits({ corsOrigins: [origin] })
      const allowed = await tab.evaluate(inThePage, open.server.url)
      expect(allowed.read).toMatchObject({ status: 200, id: true })
      expect(allowed.whole).toMatchObject({ status: 200, id: true })
      expect(allowed.streamed).toMatchObject({ status: 200, id: true })
      expect(allowed.streamed.text).toEndWith('data: [DONE]\n\n')
      expect(allowed.error).toMatchObject({ status: 404, id: true })
      expect(allowed.error.text).toContain('model_not_found')
      expect(allowed.changed.status).not.toBe(403)

      open.services.setLimits({ corsOrigins: ['https://other.example'] })
      const others = await tab.evaluate(inThePage, open.server.url)
      expect(others.read).toEqual({ refused: 'TypeError: Failed to fetch' })
    } finally {
      await browser.close()
      await site.closeNow()
    }
  },
  60_000,
)
