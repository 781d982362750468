import { expect, test } from 'bun:test'
import { allowsOrigin, OriginProblem, readOrigin } from './origins.ts'

const allows = (entry: string, origin: string) => allowsOrigin([readOrigin(entry)], origin)

test.each([
  ['*', ['https://a.example', 'null', 'app://x'], []],
  [
    'https://chat.example.com',
    ['https://chat.example.com', 'HTTPS://Chat.Example.com'],
    [
      'http://chat.example.com',
      'https://chat.example.com:444',
      'https://a.chat.example.com',
      'https://chat.example.com.evil.example',
      'null',
    ],
  ],
  [
    'http://localhost:3000',
    ['http://localhost:3000'],
    ['http://localhost', 'http://localhost:3001', 'https://localhost:3000'],
  ],
  ['https://chat.example.com:443', ['https://chat.example.com'], ['https://chat.example.com:8443']],
  [
    'http://localhost:*',
    ['http://localhost', 'http://localhost:5173'],
    ['https://localhost:5173', 'http://localhost.evil.example:1'],
  ],
  [
    'https://*.example.com',
    ['https://a.example.com', 'https://a.b.example.com'],
    ['https://example.com', 'https://evilexample.com', 'https://a.example.com:8443'],
  ],
  ['https://*.example.com:*', ['https://a.example.com:8443'], ['http://a.example.com']],
  ['http://[::1]:8080', ['http://[::1]:8080'], ['http://[::1]']],
  ['https://bücher.example', ['https://xn--bcher-kva.example'], ['https://bucher.example']],
  ['null', ['null'], ['', 'https://null', 'file://']],
  ['chrome-extension://abcdef', ['chrome-extension://abcdef'], ['chrome-extension://abcdeg', 'https://abcdef']],
  ['vscode-webview://*', ['vscode-webview://0a1b2c'], ['vscode-webviewer://0a1b2c', 'https://vscode-webview://x']],
  ['app://obsidian.md', ['app://obsidian.md'], ['app://obsidian.md.evil']],
  ['file://', ['file://'], ['null', 'file:///home']],
] as const)('%s means what it says', (entry, meant, others) => {
  for (const origin of meant) expect([origin, allows(entry, origin)]).toEqual([origin, true])
  for (const origin of others) expect([origin, allows(entry, origin)]).toEqual([origin, false])
})

test.each([
  ['chat.example.com', 'has no scheme; write it as https://chat.example.com'],
  ['https://chat.example.com/', 'has a path, and origins have none; write https://chat.example.com'],
  ['https://chat.example.com/app', 'write https://chat.example.com'],
  ['https://chat.example.com?x', 'has a path'],
  ['https://', 'names no host'],
  ['https://*', 'write *'],
  ['https://a.*.example', 'names no host'],
  ['https://user@example.com', 'names no host'],
  ['https://example.com:port', 'names no host'],
  ['localhost:3000', 'has no scheme'],
  ['', 'has no scheme'],
  ['app://a b', 'is no origin'],
])('%s is refused with what to write', (entry, problem) => {
  expect(() => readOrigin(entry)).toThrow(OriginProblem)
  expect(() => readOrigin(entry)).toThrow(problem)
})
