import { gzipSync } from 'node:zlib'
import { type EdgeCase, postBytes } from './edge-case.ts'

const paths = ['/v1/chat/completions', '/v1/embeddings', '/v1/responses', '/v1/load']
const deep = 100_000
const message = (content: string) => `{"model":"absent","messages":[{"role":"user","content":${content}}]}`

/** JSON that is no JSON, or more of it than anybody needs. Always refused: there is no model, and most of it is wrong. */
const bodies: readonly [name: string, body: string | Buffer][] = [
  ['lists within lists', '['.repeat(deep) + ']'.repeat(deep)],
  ['objects within objects', `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`],
  ['lists that never end', '['.repeat(deep)],
  ['depth within a message', message('['.repeat(deep) + ']'.repeat(deep))],
  ['numbers beyond any', '{"max_tokens":1e400,"temperature":-1e400,"seed":1e-400}'],
  ['a whole number of 400 digits', `{"max_tokens":${'9'.repeat(400)}}`],
  ['an exponent of 400 digits', `{"max_tokens":1e${'9'.repeat(400)}}`],
  ['a number of a million digits', `{"max_tokens":0.${'1'.repeat(1_000_000)}}`],
  ['lone surrogates', message('"\\ud800 \\udfff \\ud800\\ud800"')],
  ['bytes that are no UTF-8', Buffer.from(message('"\xff\xfe\xc3("'), 'latin1')],
  ['an overlong NUL', Buffer.from(message('"\xc0\x80"'), 'latin1')],
  ['surrogates as UTF-8', Buffer.from(message('"\xed\xa0\x80"'), 'latin1')],
  ['a byte order mark', Buffer.from(`\ufeff${message('"a"')}`)],
  ['UTF-16', Buffer.from(message('"a"'), 'utf16le')],
  ['a prototype', '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"messages":[]}'],
  ['a prototype within', message('"a"').replace('"role"', '"__proto__":{"polluted":true},"role"')],
  ['keys of objects', '{"toString":1,"valueOf":2,"hasOwnProperty":3,"then":4,"length":5}'],
  ['keys that stand twice', '{"model":"a","model":"b","messages":[],"messages":7}'],
  ['a control character', message('"a\x01b"')],
  ['an escaped NUL', message('"a\\u0000b"')],
  ['a model on the disk', '{"model":"../../../../etc/passwd","messages":[{"role":"user","content":"a"}],"input":"a"}'],
  ['a model with a NUL', '{"model":"a\\u0000b","messages":[{"role":"user","content":"a"}],"input":"a"}'],
  ['a string of two megabytes', message(`"${'a'.repeat(2_000_000)}"`)],
  ['a hundred thousand keys', `{${Array.from({ length: 100_000 }, (_, index) => `"k${index}":0`).join(',')}}`],
  ['a million items', `{"input":[${'0,'.repeat(999_999)}0]}`],
  ['a hundred thousand messages', `{"messages":[${'{"role":"user","content":"a"},'.repeat(99_999)}{}]}`],
  ['NaN', '{"temperature":NaN}'],
  ['a comma too many', '{"messages":[],}'],
  ['a comment', '{/* here */"messages":[]}'],
  ['single quotes', "{'messages':[]}"],
  ['two values', '{}{}'],
  ['nothing', ''],
  ['spaces', ' \r\n\t'],
  ['null', 'null'],
  ['a list', '[]'],
  ['a string', '"messages"'],
  ['a form', 'messages=hello&model=x'],
  [
    'a pattern that runs for ever',
    '{"messages":[{"role":"user","content":"a"}],"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"string","pattern":"^(a+)+$"}}}}',
  ],
  [
    'a schema of itself',
    '{"messages":[{"role":"user","content":"a"}],"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"$ref":"#"}}}}',
  ],
]

export const bodyCases: readonly EdgeCase[] = [
  ...bodies.flatMap(([name, body]): EdgeCase[] =>
    paths.map((path) => ({
      name: `body: ${name} (${path})`,
      bytes: postBytes(path, body),
      answers: [[400, 404, 413]],
    })),
  ),
  {
    name: 'body: a bomb',
    bytes: postBytes(paths[0] ?? '', gzipSync(Buffer.alloc(20_000_000)), 'Content-Encoding: gzip\r\n'),
    answers: [415],
  },
  {
    name: 'body: more than may be',
    bytes: postBytes(paths[0] ?? '', Buffer.alloc(33 * 1024 * 1024, 0x20)),
    answers: [413],
  },
  {
    name: 'body: a length of a terabyte',
    bytes: Buffer.from(
      'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1099511627776\r\n\r\n{',
    ),
    atMost: 1,
  },
  {
    name: 'body: a type that is none',
    bytes: Buffer.from(
      'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: ;;\xff/\0\r\nContent-Length: 2\r\n\r\n{}',
      'latin1',
    ),
  },
]
