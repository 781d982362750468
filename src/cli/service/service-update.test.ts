import { expect, test } from 'bun:test'
import { booted, program, root, service, textOf, userUnit } from '../../../test/fakes/fake-service-command.ts'
import { fakeServiceWorld, runningUnit } from '../../../test/fakes/fake-service-world.ts'

const secrets = '/home/ada/.config/hearth/hearth.env'
/** Before and after the start that `runningUnit` tells. */
const [early, late] = [new Date('2026-11-21T23:19:00Z'), new Date('2026-11-21T23:20:00Z')]
const secretsOf = (changed: Date, text = 'HF_TOKEN=x\n') => ({ kind: 'file', mode: 0o600, text, changed }) as const

test('install again starts the service anew where a file changed that it reads at its start only', async () => {
  const world = fakeServiceWorld({ files: { ...booted, [secrets]: secretsOf(early) } })
  await service(['install'], { world })
  world.answers.set('systemctl --user show hearth.service', { output: runningUnit })
  world.ran.length = 0
  expect((await service(['install'], { world })).output).toContain('nothing was changed')
  expect(world.ran).not.toContain('systemctl --user restart hearth.service')
  world.files.set(secrets, secretsOf(late))
  const done = await service(['install'], { world })
  expect(done.output).toContain(`The service is started anew.\nChanged since it started: ${secrets}\n`)
  expect(world.ran).toContain('systemctl --user restart hearth.service')
})

test('another Hearth at the address that the service is to have next is told before anything is changed', async () => {
  const world = fakeServiceWorld({ files: booted })
  await service(['install'], { world })
  const before = textOf(world, userUnit)
  const ask = async (url: string) => (url.endsWith(':9000') ? '0.0.9' : '0.1.0')
  const refused = await service(['install', '--', '--port', '9000'], { world, machine: { ask } })
  expect(refused).toMatchObject({ code: 1, errors: expect.stringContaining('version 0.0.9') })
  expect(textOf(world, userUnit)).toBe(before)
  // At its own address the service itself answers, also when that came from a file that was changed since.
  expect(await service(['install', '--', '--no-preload'], { world, machine: { ask } })).toMatchObject({ code: 0 })
  world.files.set(secrets, secretsOf(late, 'HEARTH_PORT=9000\n'))
  expect(await service(['install', '--', '--no-preload'], { world, machine: { ask } })).toMatchObject({ code: 0 })
})

test('who may not read the secrets is told the address that was so when it was installed', async () => {
  const path = '/etc/hearth/hearth.env'
  const files = { ...booted, [path]: { kind: 'file', mode: 0o600, text: 'HEARTH_PORT=9100\n' } as const }
  const world = fakeServiceWorld({ ...root, files: { ...files, ...program } })
  expect(await service(['install'], { world })).toMatchObject({ code: 0, errors: '' })
  const closed = { ...Object.fromEntries(world.files), [path]: { kind: 'file', mode: 0o600 } as const }
  const status = await service(['status', '--json'], { world: fakeServiceWorld({ files: closed }) })
  expect(JSON.parse(status.output).url).toBe('http://127.0.0.1:9100')
})
