import { expect, test } from 'bun:test'
import { runCommandLine } from '../../test/fakes/fake-terminal.ts'
import { openServer } from '../../test/fakes/open-server.ts'
import type { ConfigReloadReply } from '../protocol/management/config.wire.ts'
import { reloadText } from './reload-config.ts'

const standing: ConfigReloadReply = {
  state: 'current',
  file: '/etc/hearth/config.yaml',
  watched: true,
  read_at: 1_770_000_000,
  problems: [],
  awaits_restart: [],
  changed: [],
}

test('hearth config reload tells what took effect', async () => {
  await using open = openServer()
  const variables = { HEARTH_URL: open.server.url }
  const done = await runCommandLine(['config', 'reload'], { variables })
  expect(done).toMatchObject({ code: 0, output: 'log_level: info → debug\n', errors: '' })
  const { output } = await runCommandLine(['config', 'reload', '--url', open.server.url, '--json'])
  expect(JSON.parse(output)).toMatchObject({ state: 'current', changed: [{ key: 'log_level' }] })
  expect((await runCommandLine(['config', 'reload', '--url', 'http://127.0.0.1:1'])).code).toBe(1)
})

test('what is wrong, and what needs a new start, is told a line each', () => {
  expect(reloadText(standing)).toBe('Nothing has changed.\n')
  expect(reloadText({ ...standing, awaits_restart: [{ key: 'port', change: '1 → 2' }] })).toBe(
    'port: 1 → 2 (takes effect when the server is started anew)\n',
  )
  const problems = [{ message: 'found "x"', key: 'port', line: 3, column: 7 }, { message: 'the file is empty' }]
  expect(reloadText({ ...standing, state: 'kept', problems })).toBe(
    'The configuration stays as it was, since /etc/hearth/config.yaml cannot be used:\n  3:7: port: found "x"\n  the file is empty\n',
  )
  const { file: _, ...none } = standing
  expect(reloadText(none)).toBe('This server follows no file.\n')
})

test('hearth ps says below its table that the file is not in force', async () => {
  await using open = openServer()
  const variables = { HEARTH_URL: open.server.url }
  const { output, errors } = await runCommandLine(['ps'], { variables })
  expect(output).toStartWith('MODEL')
  expect(errors).toContain('stays as it was, since /etc/hearth/config.yaml cannot be used')
  expect(errors).toContain('3:12: max_queue')
  expect(errors).toContain('started anew for these to take effect: port (8080 → 9090)')
  expect((await runCommandLine(['ps', '--json'], { variables })).errors).toBe('')
})

test('variables that say nothing are noted by hearth config', async () => {
  const variables = { LOG_LEVEL: 'loud', SERVICE_PORT: '9000' }
  const explained = await runCommandLine(['config', 'explain'], { variables })
  expect(explained.code).toBe(0)
  expect(explained.output).toMatch(/^port +9000 +SERVICE_PORT$/m)
  expect(explained.errors).toContain('note: LOG_LEVEL: found the text "loud"')
  expect(await runCommandLine(['config', 'check'], { variables })).toMatchObject({
    code: 0,
    errors: expect.stringContaining('note: LOG_LEVEL'),
  })
})
