import { expect, test } from 'bun:test'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { runCommandLine } from '../../../test/fakes/fake-terminal.ts'
import { openServer } from '../../../test/fakes/open-server.ts'
import { version } from '../../config/version.ts'

test('health ends with 0 where a server is up, also without a key, and with 1 where none is', async () => {
  await using open = openServer()
  const { url } = open.server
  const up = await runCommandLine(['health'], { variables: { HEARTH_URL: url } })
  expect(up).toMatchObject({ code: 0, output: `Hearth ${version} is up at ${url}.\n`, errors: '' })
  const { port } = new URL(url)
  // As in a container: the server listens on every address.
  const variables = { HEARTH_HOST: '0.0.0.0', HEARTH_PORT: port }
  const json = await runCommandLine(['health', '--json'], { variables })
  expect(JSON.parse(json.output)).toEqual({ status: 'ok', url: `http://127.0.0.1:${port}`, version })
  // What stands on the command line goes before a variable.
  const placed = await runCommandLine(['health', '--port', port], { variables: { HEARTH_URL: 'http://127.0.0.1:1' } })
  expect(placed.code).toBe(0)
  await open.server.closeNow()
  const down = await runCommandLine(['health'], { variables })
  expect(down).toMatchObject({ code: 1, output: '' })
  expect(down.errors).toContain(`No Hearth is running at http://127.0.0.1:${port}.`)
})

test('health takes no other program for a Hearth, and no address that cannot be', async () => {
  const other = createServer((_, response) => void response.end('{"status":"ok"}')).listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  try {
    const { code, errors } = await runCommandLine(['health', '--url', `http://127.0.0.1:${port}`])
    expect(code).toBe(1)
    expect(errors).toContain('is no Hearth')
    expect((await runCommandLine(['health', '--port', `${port}`])).code).toBe(1)
  } finally {
    other.close()
  }
  expect((await runCommandLine(['health', '--url', 'ftp://x'])).code).toBe(2)
})
