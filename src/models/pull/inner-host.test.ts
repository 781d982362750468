import { expect, test } from 'bun:test'
import { isInnerHost } from './inner-host.ts'

const hostOf = (text: string) => new URL(`http://${text}/`).hostname

test('this machine and its link are told by any spelling that an address allows', () => {
  const inner = [
    ...['localhost', 'LOCALHOST.', 'x.localhost', '127.0.0.1', '127.1', '2130706433', '0x7f.1', '0.0.0.0', '0'],
    ...['169.254.169.254', '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:169.254.169.254]', '[fe80::1]'],
  ]
  expect(inner.filter((text) => !isInnerHost(hostOf(text)))).toEqual([])
  const others = [
    'huggingface.co',
    'localhost.example',
    '10.0.0.1',
    '192.168.1.2',
    '169.253.1.1',
    '[2001:db8::1]',
    'fe80.io',
  ]
  expect(others.filter((text) => isInnerHost(hostOf(text)))).toEqual([])
})
