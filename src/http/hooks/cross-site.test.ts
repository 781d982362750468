import { expect, test } from 'bun:test'
import { pageOriginOf } from './cors.ts'
import { refuseCrossSite, refuseUnaskedPost } from './cross-site.ts'

const asked =
  (given: Record<string, string>, allowed: readonly string[] = [], hasKey = false) =>
  () => {
    const headers = new Headers(given)
    refuseCrossSite(headers, pageOriginOf(headers, allowed), hasKey)
  }
const host = '192.168.1.5:8080'

test('programs, pages of this server and pages of the same machine may ask', () => {
  expect(asked({ host })).not.toThrow()
  for (const site of ['none', 'same-origin', 'same-site'])
    expect(asked({ host, 'sec-fetch-site': site, origin: 'http://localhost:3000' }), site).not.toThrow()
  expect(asked({ host, origin: 'http://192.168.1.5:3000' })).not.toThrow()
  expect(asked({ host, origin: 'tauri://localhost' })).not.toThrow()
})

test('pages of other sites may not, whether the browser tells the site or the origin only', () => {
  expect(asked({ host, 'sec-fetch-site': 'cross-site' })).toThrow('another site')
  expect(asked({ host, origin: 'https://evil.example' })).toThrow('https://evil.example')
  expect(asked({ host, origin: 'http://192.168.1.50' })).toThrow('another site')
})

const posted =
  (given: Record<string, string>, allowed: readonly string[] = []) =>
  () => {
    const headers = new Headers({ host, ...given })
    refuseUnaskedPost(headers, pageOriginOf(headers, allowed))
  }
const evil = { origin: 'https://evil.example' }

test('a POST that a browser sends without asking is refused to pages of other sites, also to those that hide theirs', () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'text/plain; application/json'])
    for (const origin of ['https://evil.example', 'null'])
      expect(posted({ origin, 'content-type': type }), type).toThrow('another site')
  expect(posted(evil)).toThrow('another site')
  expect(posted({ ...evil, 'sec-fetch-site': 'cross-site' })).toThrow('another site')
})

test('a POST that a browser asks for first, and those of programs, are taken', () => {
  for (const type of ['application/json', 'Application/JSON; charset=utf-8', 'application/problem+json'])
    expect(posted({ ...evil, 'content-type': type }), type).not.toThrow()
  expect(posted({ 'content-type': 'application/x-www-form-urlencoded' })).not.toThrow()
  expect(posted({ origin: `http://${host}` })).not.toThrow()
  expect(posted({ origin: 'null', 'sec-fetch-site': 'same-origin' })).not.toThrow()
})

test('pages of an origin that is allowed by its name may do everything, and those of all sites only with a key', () => {
  const page = { host, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  expect(asked(page, ['https://evil.example'])).not.toThrow()
  expect(asked(page, ['https://good.example'])).toThrow('another site')
  expect(asked(page, ['*'])).toThrow('another site')
  expect(asked(page, ['*'], true)).not.toThrow()
  expect(asked(page, [], true)).toThrow('another site')
  for (const allowed of ['https://evil.example', '*'])
    expect(posted({ ...evil, 'content-type': 'text/plain' }, [allowed])).not.toThrow()
  expect(posted({ ...evil, 'content-type': 'text/plain' }, ['https://good.example'])).toThrow('another site')
})
