import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { booted, program, root, service, systemUnit, textOf } from '../../../test/fakes/fake-service-command.ts'
import { fakeServiceWorld, runningUnit } from '../../../test/fakes/fake-service-world.ts'

const folder = { kind: 'folder', mode: 0o755 } as const
const files = { ...booted, ...program }

const settingsOf = (unit: string, name: string) => unit.split('\n').filter((line) => line.startsWith(`${name}=`))

test('where a link leads is reached too, and a program that a link leads to is judged there', async () => {
  const real = (path: string) => path.replace(/^\/srv\/models/, '/home/ada/models')
  const world = fakeServiceWorld({
    ...root,
    real,
    files: { ...files, '/srv/models': folder, '/home/ada/models': folder },
  })
  expect(await service(['install', '--', '--models-dir', '/srv/models'], { world })).toMatchObject({ code: 0 })
  const unit = textOf(world, systemUnit)
  expect(settingsOf(unit, 'ReadWritePaths')).toEqual(['ReadWritePaths=-/srv/models'])
  expect(settingsOf(unit, 'BindPaths')).toEqual(['BindPaths=-/home/ada/models'])
  for (const target of ['/home/ada/bin/hearth', '/var/home/ada/bin/hearth', '/var/tmp/hearth']) {
    const linked = fakeServiceWorld({ ...root, files, real: () => target })
    const refused = await service(['install'], { world: linked })
    expect([refused.code, linked.ran]).toEqual([2, []])
    expect(refused.errors).toContain(`${target} is out of reach`)
    expect(refused.errors).toContain(
      `install -m 755 ${target} /usr/local/bin/hearth && /usr/local/bin/hearth service install`,
    )
  }
})

test('a program that everybody may change is none for the whole machine', async () => {
  const world = fakeServiceWorld({ ...root, files: { ...files, '/usr/local/bin': { kind: 'folder', mode: 0o777 } } })
  const refused = await service(['install'], { world })
  expect([refused.code, world.ran]).toEqual([2, []])
  expect(refused.errors).toContain('everybody may change /usr/local/bin (chmod o-w)')
})

test('folders that are not there are made for the service, those of others are told, and those of people are left alone', async () => {
  const passwd = 'root:x:0:0\nhearth:x:997:997::/:/bin/false\n'
  const given = { ...files, '/etc/passwd': passwd, '/etc/group': 'hearth:x:997:\n' }
  const world = fakeServiceWorld({ ...root, files: { ...given, '/mnt/m n': { ...folder, owner: 0 } } })
  const words = ['install', '--', '--store-path', '/srv/h/store.sqlite', '--models-dir', '/mnt/m n']
  const done = await service(words, { world })
  expect(done).toMatchObject({ code: 0, errors: '' })
  expect(world.ran[0]).toBe('install -d -o hearth -g hearth -m 0750 /srv/h')
  expect(world.ran.filter((line) => line.startsWith('install '))).toHaveLength(1)
  expect(done.output).toContain(
    "The user hearth cannot write to /mnt/m n, so nothing new comes into it: chown hearth '/mnt/m n'",
  )
  world.files.set('/mnt/m n', { ...folder, owner: 997 })
  expect((await service([...words, '--port', '9000'], { world })).output).not.toContain('cannot write')
  const missing = await service(['install', '--', '--models-dir', '/home/ada/none'], { world })
  expect(missing.code).toBe(2)
  expect(missing.errors).toContain('/home/ada/none is not there; make it first')
})

test('what the service cannot see, or somebody else could change, is refused', async () => {
  const refuse = async (words: string[], extra: Parameters<typeof fakeServiceWorld>[0] = {}) => {
    const world = fakeServiceWorld({ ...root, ...extra, files: { ...files, ...extra.files } })
    const { code, errors } = await service(['install', ...words], { world })
    expect([code, world.ran]).toEqual([2, []])
    return errors
  }
  expect(await refuse(['--', '--model-dirs', '/srv/a:/tmp/models'])).toContain(
    '/tmp/models is not there for the service',
  )
  const secrets = { kind: 'file', mode: 0o600, text: 'LD_PRELOAD=/home/ada/x.so\n', owner: 1000 } as const
  expect(await refuse([], { files: { '/etc/hearth/hearth.env': secrets } })).toContain('chown root')
  expect(await refuse(['--linger'])).toContain('--linger: systemd, for the whole machine knows nothing of it')
})

test('a file of variables whose name systemd would cut is refused', async () => {
  const world = fakeServiceWorld({
    files: { ...booted, '/projects/a\\': { kind: 'file', mode: 0o600, text: 'A=b\n' } },
  })
  const refused = await service(['install', '--env-file', 'a\\'], { world })
  expect([refused.code, world.ran]).toEqual([2, []])
  expect(refused.errors).toContain('ends with a blank or a backslash')
})

test('a user made by hand gets the group that is missing', async () => {
  const world = fakeServiceWorld({ ...root, files: { ...files, '/etc/passwd': 'hearth:x:9:100\n', '/etc/group': '' } })
  await service(['install'], { world })
  expect(world.ran[0]).toBe('groupadd --system hearth')
})

test('a service of a user is none of root by way of sudo', async () => {
  const variables = { SUDO_USER: 'ada' }
  const world = fakeServiceWorld({ ...root, home: '/home/ada', variables, files })
  const refused = await service(['install', '--user'], { world })
  expect([refused.code, world.ran]).toEqual([1, []])
  expect(refused.errors).toContain('With sudo this is a service of root, and not of ada.')
  expect([...world.files.keys()]).toEqual(Object.keys(files))
})

test('a relative XDG_CONFIG_HOME is none', async () => {
  const world = fakeServiceWorld({ variables: { XDG_CONFIG_HOME: 'x' }, files })
  expect((await service(['status'], { world })).output).toContain('/home/ada/.config/systemd/user/hearth.service')
})

test('settings of the user stay, and uninstall says where', async () => {
  const world = fakeServiceWorld({ files: { ...booted, '/home/ada/.config/systemd/user/hearth.service.d': folder } })
  await service(['install'], { world })
  expect(textOf(world, '/home/ada/.config/systemd/user/hearth.service')).toContain('systemctl --user edit hearth')
  expect((await service(['uninstall'], { world })).output).toContain(
    'settings /home/ada/.config/systemd/user/hearth.service.d',
  )
})

test('to run without a login changes nothing of a service that runs, and uninstall says that it stays', async () => {
  const world = fakeServiceWorld({ files: booted })
  await service(['install'], { world })
  world.answers.set('systemctl --user show hearth.service', { output: runningUnit })
  world.ran.length = 0
  expect(await service(['install', '--linger'], { world })).toMatchObject({ code: 0, errors: '' })
  expect(world.ran.filter((line) => !line.includes(' show '))).toEqual(['loginctl enable-linger ada'])
  world.files.set('/var/lib/systemd/linger/ada', '')
  expect((await service(['uninstall'], { world })).output).toContain('  linger   your services run without a login')
})

test('a configuration that the user of the service cannot read is told with the command that opens it', async () => {
  const place = mkdtempSync(join(tmpdir(), 'hearth unit '))
  try {
    const config = join(place, 'config.yaml')
    writeFileSync(config, 'port: 9001\n')
    const world = fakeServiceWorld({ ...root, files: { ...files, [config]: { kind: 'file', mode: 0o600 } } })
    const refused = await service(['install', '--config', config], { world })
    expect([refused.code, world.ran]).toEqual([2, []])
    expect(refused.errors).toContain(`chmod 644 '${config}'`)
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
})
