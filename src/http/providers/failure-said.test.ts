import { expect, test } from 'bun:test'
import { openGateway } from '../../../test/fakes/open-gateway.ts'
import { jsonAnswer } from '../../../test/fakes/upstream-shapes.ts'

const key = 'zq9planted0123456789secret'
const said = {
  error: {
    message: `Bearer ${key} (${Buffer.from(key).toString('base64')}) may not\n\u001b[31mdo it ${'x'.repeat(5000)}`,
    code: key,
  },
}
const stream = {
  status: 200,
  headers: { 'content-type': 'text/event-stream' },
  body: `data: {"choices":[{"delta":{"content":"Good"}}]}\n\ndata: ${JSON.stringify(said)}\n\n`,
}

for (const [name, answer] of [
  ['in one piece', jsonAnswer(200, said)],
  ['in a stream', stream],
] as const)
  test(`what a provider says of its failure ${name} is told without its key, in one line and cut`, async () => {
    const wish = { key: { type: 'value', value: key } } as const
    await using open = await openGateway({ upstream: { key }, wish })
    open.upstream.fail(answer)
    const ask = { model: 'other/fake', messages: [{ role: 'user', content: 'Hello!' }], stream: name === 'in a stream' }
    const text = await (await open.post('/v1/chat/completions', ask)).text()
    expect(text).toContain('may not')
    expect(text.length).toBeLessThan(2000)
    expect(text).not.toContain('planted')
    expect(text).not.toContain(Buffer.from(key).toString('base64'))
    expect(text).not.toContain('\\u001b')
  })
