import { expect, test } from 'bun:test'
import { refuseCrossSite } from './cross-site.ts'

const asked = (headers: Record<string, string>) => () => refuseCrossSite(new Headers(headers))
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
