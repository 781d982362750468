import { expect, test } from 'bun:test'
import type { ServerError } from '../../core/errors.ts'
import { type HostNames, refuseForeignHost } from './host-header.ts'

function answers(host: string | undefined, allowed: HostNames = []): boolean {
  const headers = new Headers()
  if (host !== undefined) headers.set('host', host)
  try {
    refuseForeignHost(headers, allowed)
    return true
  } catch (error) {
    expect((error as ServerError).code).toBe('host_not_allowed')
    return false
  }
}

test('addresses, names of this machine, and no name at all are answered', () => {
  const own = ['127.0.0.1:8080', '192.168.1.7', '[::1]:8080', '[fe80::1]', 'localhost', 'LOCALHOST:1', 'localhost.:80']
  for (const host of [...own, 'app.localhost', undefined, '']) expect([host, answers(host)]).toEqual([host, true])
})

test('other names are refused, however they are written', () => {
  const foreign = [
    'evil.example',
    'evil.example:8080',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'notlocalhost',
  ]
  const broken = ['a, localhost', 'localhost:80:80', 'evil@localhost', '[::1', '[evil]', 'localhost/x', '-']
  for (const host of [...foreign, ...broken]) expect([host, answers(host)]).toEqual([host, false])
})

test('names that are allowed are answered, with what is below them where a dot says so', () => {
  const allowed = ['desk', '.lan', 'hearth.example.com']
  for (const host of ['desk:8080', 'a.lan', 'a.b.lan', 'Hearth.Example.COM']) expect(answers(host, allowed)).toBe(true)
  for (const host of ['desk2', 'lan', 'evillan', 'x.hearth.example.com']) expect(answers(host, allowed)).toBe(false)
  expect(answers('anything.example', 'any')).toBe(true)
})
