import { expect, test } from 'bun:test'
import { runCommandLine } from '../../../test/fakes/fake-terminal.ts'
import { openServer } from '../../../test/fakes/open-server.ts'

const dead = { HEARTH_PORT: '1', CEREBRAS_API_KEY: 'csk-planted-0123456789' }

test('tells without a server what the configuration and the variables say, and never a key', async () => {
  const { code, output, errors } = await runCommandLine(['providers'], {
    variables: { ...dead, OLLAMA_HOST: '0.0.0.0:4711' },
  })
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  expect(output).toMatch(/^NAME +ADDRESS +STATE/)
  expect(output).toMatch(/cerebras +https:\/\/api\.cerebras\.ai\/v1 +ready +0 +yes +models chat/)
  expect(output).toMatch(/custom +- +lacks an address +- +no/)
  expect(output).toMatch(/ollama +http:\/\/127\.0\.0\.1:4711\/v1 +ready/)
  expect(output).toContain('CUSTOM_BASE_URL')
  expect(output).not.toContain('planted')
})

test('says which key is missing', async () => {
  const { output } = await runCommandLine(['providers', '--json'], { variables: { HEARTH_PORT: '1' } })
  const list = JSON.parse(output) as { name: string; ready: boolean; problem?: string }[]
  expect(list.find(({ name }) => name === 'cerebras')).toMatchObject({ ready: false, listed: false })
  expect(list.find(({ name }) => name === 'cerebras')?.problem).toContain('CEREBRAS_API_KEY')
})

test('asks the server that runs', async () => {
  await using open = openServer()
  const { code, output } = await runCommandLine(['providers', '--json'], {
    variables: { ...dead, HEARTH_URL: open.server.url },
  })
  expect(code).toBe(0)
  expect(JSON.parse(output).map(({ name }: { name: string }) => name)).toEqual(
    open.services.providers.list().map(({ name }) => name),
  )
})

test('a wrong address in a variable is told before anything else', async () => {
  const { code, errors } = await runCommandLine(['providers'], {
    variables: { CUSTOM_BASE_URL: 'http://ann:planted@host/v1' },
  })
  expect(code).toBe(2)
  expect(errors).toContain('CUSTOM_BASE_URL')
  expect(errors).not.toContain('planted')
})
