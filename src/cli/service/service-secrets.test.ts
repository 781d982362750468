import { expect, test } from 'bun:test'
import { service } from '../../../test/fakes/fake-service-command.ts'
import { fakeServiceWorld } from '../../../test/fakes/fake-service-world.ts'

const environmentFile = '/Users/ada/.config/hearth/hearth.env'
const secretsOf = (text: string) => ({ kind: 'file', mode: 0o600, text }) as const
const mac = (text: string) =>
  fakeServiceWorld({
    platform: 'darwin',
    userId: 501,
    home: '/Users/ada',
    files: { [environmentFile]: secretsOf(text) },
  })

test('secrets that launchd gets are written and never shown: not in a dry run, not as what changed', async () => {
  const world = mac('HF_TOKEN=s3cret-old\nHEARTH_PORT=9100\n')
  const machine = { ask: async () => (world.ran.some((line) => line.includes('bootstrap')) ? '0.1.0' : undefined) }
  const trial = await service(['install', '--dry-run'], { world, machine })
  expect(trial.output).toContain('<key>HF_TOKEN</key>')
  expect(trial.output).toContain('<string>serve</string>')
  await service(['install'], { world, machine })
  expect(world.read('/Users/ada/Library/LaunchAgents/local.hearth.plist')).toContain('s3cret-old')
  world.files.set(environmentFile, secretsOf('HF_TOKEN=s3cret-new\nALLOWED_API_KEYS=s3cret-too\nHEARTH_PORT=9100\n'))
  const again = await service(['install'], { world, machine })
  expect(again.output).toContain('+     <key>ALLOWED_API_KEYS</key>')
  expect(trial.output + again.output).not.toContain('s3cret')
})

test('what a property list cannot hold is refused, and a secret is not told', async () => {
  const world = mac('HF_TOKEN=s3\u0001cret\n')
  const refused = await service(['install', '--', '--model', 'a\u0007b'], { world })
  expect(refused.code).toBe(2)
  expect(refused.errors).toContain('HF_TOKEN in ')
  expect(refused.errors).toContain('"a\\u0007b" has a control character')
  expect(refused.errors).not.toContain('cret')
  expect(world.ran).toEqual([])
})

test('a log that stays is told when the service goes', async () => {
  const home = 'C:\\Users\\ada'
  const logs = ['/Users/ada/Library/Logs/hearth.log', `${home}\\AppData\\Local\\hearth\\service.log`]
  for (const [world, log] of [
    [mac(''), logs[0]],
    [fakeServiceWorld({ platform: 'win32', home }), logs[1]],
  ] as const) {
    world.answers.set('launchctl print', { output: 'state = running\n' })
    await service(['install'], { world, machine: { ask: async () => undefined } })
    world.files.set(`${log}`, 'lines')
    expect((await service(['uninstall'], { world })).output).toContain(`  log      ${log}\n`)
  }
})
