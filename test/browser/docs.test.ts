import { expect, test } from 'bun:test'
import * as routes from '../../src/http/routes.gen.ts'
import { openServer } from '../fakes/open-server.ts'
import { chromiumPath, openBrowser } from './chromium.ts'

test.skipIf(!chromiumPath)(
  'the documentation shows every endpoint, can try one, and asks no other host (needs Chromium)',
  async () => {
    await using open = openServer()
    const browser = await openBrowser(chromiumPath ?? '')
    try {
      const page = await browser.newPage()
      const hosts = new Set<string>()
      const problems: string[] = []
      page.on('request', (request) => {
        if (request.url().startsWith('http')) hosts.add(new URL(request.url()).host)
      })
      page.on('pageerror', (error) => problems.push(error.message))
      page.on('console', (message) => {
        if (/content.security.policy/i.test(message.text())) problems.push(message.text())
      })
      await page.goto(`${open.server.url}/docs`)
      await page.waitForSelector('.opblock')
      const shown = await page.locator('.opblock').count()
      const published = Object.values(routes).length
      expect(shown).toBe(published)

      const chat = page.locator('.opblock[id*="-openai-"][id$="createChatCompletion"]')
      await chat.locator('.opblock-summary').click()
      await chat.getByRole('button', { name: 'Try it out' }).click()
      await chat.getByRole('button', { name: 'Execute' }).click()
      const answer = chat.locator('.live-responses-table tbody .response-col_status').first()
      await answer.waitFor()
      expect(await answer.textContent()).toContain('200')

      expect([...hosts]).toEqual([new URL(open.server.url).host])
      expect(problems).toEqual([])
    } finally {
      await browser.close()
    }
  },
  60_000,
)
