import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  booted,
  emptyFolder,
  execStart,
  program,
  root,
  service,
  systemUnit,
  textOf,
  userUnit,
} from '../../../test/fakes/fake-service-command.ts'
import { type FakeServiceWorld, fakeServiceWorld, runningUnit } from '../../../test/fakes/fake-service-world.ts'
import { runCommandLine } from '../../../test/fakes/fake-terminal.ts'
import type { ServiceMachine } from '../service/service-machine.ts'

test('install writes a unit, starts it, and says what it did and what comes next', async () => {
  const world = fakeServiceWorld({ files: booted })
  const done = await service(['install', '--', '--port', '9000', '--models-dir', 'my models', '--no-preload'], {
    world,
  })
  expect(done).toMatchObject({ code: 0, errors: '' })
  expect(execStart(world)).toBe(
    '/usr/local/bin/hearth serve --port 9000 --models-dir "/projects/my models" --no-preload',
  )
  expect(world.ran).toEqual([
    'systemctl --user show --property=Version',
    'systemctl --user daemon-reload',
    'systemctl --user enable hearth.service',
    'systemctl --user start hearth.service',
  ])
  expect(done.output).toContain(`wrote   ${userUnit}\n`)
  expect(done.output).toContain('Hearth 0.1.0 answers at http://127.0.0.1:9000.\n')
  expect(done.output).toContain('loginctl enable-linger ada')
  expect(done.output).toContain('journalctl --user -u hearth')
})

test('install again changes nothing; with other options it says what changed and starts the service anew', async () => {
  const world = fakeServiceWorld({ files: booted })
  await service(['install'], { world })
  world.answers.set('systemctl --user show hearth.service', { output: runningUnit })
  world.ran.length = 0
  const same = await service(['install'], { world })
  expect(same).toMatchObject({ code: 0, output: expect.stringContaining('nothing was changed') })
  expect(world.ran.filter((line) => / (re)?start |enable |reload/.test(line))).toEqual([])
  const other = await service(['install', '--', '--port', '9000'], { world })
  expect(other.output).toStartWith(
    'Changed:\n  - ExecStart=/usr/local/bin/hearth serve\n  + ExecStart=/usr/local/bin/hearth serve --port 9000\n',
  )
  expect(world.ran).toContain('systemctl --user restart hearth.service')
})

test('what is wrong with the options or the file is told before anything is installed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-service-'))
  const config = join(folder, 'config.yaml')
  writeFileSync(config, 'prot: 1\n')
  try {
    const world = fakeServiceWorld({ files: booted })
    const done = await service(['install', '--config', config, '--', '--port', '80000', '--n-ctxx', '1'], { world })
    expect(done.code).toBe(2)
    for (const part of ['--port: found 80000', 'n-ctx', "did you mean 'port'"]) expect(done.errors).toContain(part)
    expect([world.ran, [...world.files.keys()]]).toEqual([[], Object.keys(booted)])
    writeFileSync(config, 'port: 9001\nshutdown_seconds: 5\n')
    expect(await service(['install', '--config', config], { world })).toMatchObject({ code: 0 })
    expect(execStart(world)).toBe(`/usr/local/bin/hearth serve --config ${config}`)
    expect(textOf(world, userUnit)).toContain('\nTimeoutStopSec=15\n')
    const twice = await service(['install', '--config', config, '--', '--config', 'other.yaml'], { world })
    expect(twice).toMatchObject({ code: 2, errors: expect.stringContaining('say it once') })
    // The address is that of the file as it is now.
    writeFileSync(config, 'port: 9002\n')
    const status = await service(['status', '--json'], { world })
    expect(JSON.parse(status.output).url).toBe('http://127.0.0.1:9002')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('a file that Hearth did not write stays, unless it is forced', async () => {
  for (const strange of ['[Service]\nExecStart=/bin/true\n', { kind: 'link', mode: 0o777 } as const]) {
    const world = fakeServiceWorld({ files: { ...booted, [userUnit]: strange } })
    for (const action of ['install', 'uninstall']) {
      const refused = await service([action], { world })
      expect(refused).toMatchObject({ code: 1, output: '', errors: expect.stringContaining('--force') })
    }
    expect(world.files.get(userUnit)).toBe(strange)
    expect(await service(['install', '--force'], { world })).toMatchObject({ code: 0 })
    expect(execStart(world)).toBe('/usr/local/bin/hearth serve')
  }
})

test('a dry run shows files and commands, and does nothing', async () => {
  const world = fakeServiceWorld({ ...root, files: program })
  const isExecutable = {
    program: { command: ['/usr/local/bin/hearth'], isExecutable: false, folder: emptyFolder },
  } as const
  const done = await service(['install', '--dry-run'], { world, machine: isExecutable })
  expect(done).toMatchObject({ code: 0, errors: '' })
  expect(done.output).toContain('run     useradd --system')
  expect(done.output).toContain(`write   ${systemUnit} (mode 0644)\n`)
  expect(done.output).toContain('\n    User=hearth\n')
  expect([world.ran, world.files.size]).toEqual([[], Object.keys(program).length])
})

test('a service of the machine has a user of its own, and folders of people only where they are named', async () => {
  const files = { ...booted, ...program, '/etc/group': 'video:x:44:\nhearthy:x:3:\n' }
  const world = fakeServiceWorld({
    ...root,
    files: {
      ...files,
      '/etc/hearth/hearth.env': { kind: 'file', mode: 0o600, text: 'HEARTH_CUDA_DIR=/home/ada/cuda\n' },
    },
  })
  const words = ['install', '--', '--model-dirs', '/home/ada/gguf', '--store-path', '/srv/h/store.sqlite']
  expect(await service(words, { world })).toMatchObject({ code: 0, errors: '' })
  expect(world.ran[0]).toStartWith('useradd --system --home-dir /var/lib/hearth --user-group')
  const unit = textOf(world, systemUnit)
  expect(unit).toContain('\nSupplementaryGroups=video\n')
  expect(unit).toContain(
    '\nProtectHome=tmpfs\nReadWritePaths=-/srv/h\nBindReadOnlyPaths=-/home/ada/gguf\nBindReadOnlyPaths=-/home/ada/cuda\n',
  )
  world.files.set('/etc/passwd', 'root:x:0:0\nhearth:x:9:9\n')
  world.ran.length = 0
  await service([...words, '--port', '81'], { world })
  expect(world.ran.filter((line) => line.startsWith('useradd'))).toEqual([])
})

test('a program that the user of the service cannot reach is refused with the way out', async () => {
  const closed = { ...program, '/usr/local/bin': { kind: 'folder', mode: 0o700 } as const }
  for (const [path, files] of [
    ['/home/ada/hearth', program],
    ['/tmp/hearth', program],
    ['/usr/local/bin/hearth', closed],
  ] as const) {
    const world = fakeServiceWorld({ ...root, files: { ...booted, ...files } })
    const machine = { program: { command: [path], isExecutable: true, folder: emptyFolder } } as const
    const done = await service(['install'], { world, machine })
    expect(done).toMatchObject({ code: 2, output: '', errors: expect.stringContaining('install -m 755') })
    expect(world.ran).toEqual([])
  }
})

test('what stands in the way is told with what to do: no systemd, no root, no user manager, another Hearth', async () => {
  const trial = async (words: string[], world: FakeServiceWorld, machine: Partial<ServiceMachine> = {}) => {
    const { code, errors } = await service(words, { world, machine })
    expect([code, [...world.files.keys()].filter((path) => path.endsWith('.service'))]).toEqual([1, []])
    return errors
  }
  const file = { kind: 'file', mode: 0o644 } as const
  expect(await trial(['install'], fakeServiceWorld({ files: { '/.dockerenv': file } }))).toContain('compose.yaml')
  expect(await trial(['install'], fakeServiceWorld({ files: { '/sbin/openrc-run': file } }))).toContain('rc-update')
  const wsl = fakeServiceWorld({ files: { '/proc/version': 'Linux version 5.15 microsoft-standard-WSL2' } })
  expect(await trial(['install'], wsl)).toContain('/etc/wsl.conf')
  expect(await trial(['install', '--system'], fakeServiceWorld({ files: { ...booted, ...program } }))).toContain('sudo')
  const alone = fakeServiceWorld({ files: booted })
  alone.answers.set('systemctl --user show', { code: 1, errors: 'Failed to connect to bus: No medium found\n' })
  expect(await trial(['install'], alone)).toContain('enable-linger ada')
  const there = { ask: async () => '0.0.9' }
  expect(await trial(['install'], fakeServiceWorld({ files: booted }), there)).toContain('version 0.0.9')
  const source = { program: { command: ['/bun', '/main.ts'], isExecutable: false, folder: emptyFolder } } as const
  expect(await trial(['install'], fakeServiceWorld({ files: booted }), source)).toContain('npm run build')
  expect(await trial(['install'], fakeServiceWorld({ platform: 'aix' }))).toContain('aix')
})

test('a step that fails ends the plan, and is told', async () => {
  const world = fakeServiceWorld({ files: booted })
  world.answers.set('systemctl --user enable', { code: 1, errors: 'Access denied\n' })
  const done = await service(['install'], { world })
  expect(done).toMatchObject({ code: 1, errors: expect.stringContaining('enable hearth.service: Access denied') })
  expect(world.ran.at(-1)).toBe('systemctl --user enable hearth.service')
})

test('a service that ends at once is told with its last words, one that takes its time with patience', async () => {
  const world = fakeServiceWorld({ files: booted })
  world.answers.set('systemctl --user show hearth.service', {
    output: 'ActiveState=activating\nResult=exit-code\nMainPID=0\nNRestarts=1\nExecMainStatus=1\n',
  })
  world.answers.set('journalctl', { output: 'hearth: Port 8080 is in use.\n\u001b[2J' })
  const silent = { ask: async () => undefined }
  const failed = await service(['install'], { world, machine: silent })
  expect([failed.code, failed.errors]).toEqual([1, expect.stringContaining('Port 8080 is in use')])
  expect(failed.errors).not.toContain('\u001b')
  const slow = fakeServiceWorld({ files: booted })
  slow.answers.set('systemctl --user show hearth.service', { output: runningUnit })
  const waited = await service(['install'], { world: slow, machine: silent })
  expect([waited.code, waited.output]).toEqual([0, expect.stringContaining('does not answer at')])
})

test('secrets come from a file of their own, which others may not read', async () => {
  const path = '/home/ada/.config/hearth/hearth.env'
  const world = fakeServiceWorld({
    files: { ...booted, [path]: { kind: 'file', mode: 0o640, text: 'HF_TOKEN=s3cret\n' } },
  })
  expect(await service(['install'], { world })).toMatchObject({ code: 2, errors: expect.stringContaining('chmod 600') })
  world.files.set(path, { kind: 'file', mode: 0o600, text: 'HF_TOKEN=s3cret\nHEARTH_PORT=9100\n' })
  const done = await service(['install'], {
    world,
    variables: { HEARTH_HOST: '0.0.0.0', HF_TOKEN: 'other', HEARTH_URL: 'x' },
  })
  expect(done.code).toBe(0)
  expect(done.output).toContain('answers at http://127.0.0.1:9100')
  expect(done.output).toContain('Set here, and not for the service: HEARTH_HOST.')
  expect(textOf(world, userUnit)).toContain(`\nEnvironmentFile=-${path}\n`)
  expect(textOf(world, userUnit) + done.output).not.toContain('s3cret')
  const missing = await service(['install', '--env-file', 'none.env'], { world })
  expect(missing).toMatchObject({ code: 2, errors: expect.stringContaining('/projects/none.env') })
})

test('a service that others could use without a key is not installed', async () => {
  const world = fakeServiceWorld({ files: booted })
  const open = await service(['install', '--', '--host', '0.0.0.0'], { world })
  expect(open.code).toBe(2)
  expect(open.errors).toContain('Others could reach this server at http://0.0.0.0:8080')
  expect(open.errors).toContain('hearth keys create')
  expect(world.ran).toEqual([])
  expect((await service(['install', '--', '--host', '0.0.0.0', '--insecure'], { world })).code).toBe(0)
  const path = '/home/ada/.config/hearth/hearth.env'
  const keyed = fakeServiceWorld({
    files: { ...booted, [path]: { kind: 'file', mode: 0o600, text: 'ALLOWED_API_KEYS=k\n' } },
  })
  expect((await service(['install', '--', '--host', '0.0.0.0'], { world: keyed })).code).toBe(0)
})

test('status tells what runs, and its exit code says it too', async () => {
  const world = fakeServiceWorld({ files: booted })
  const none = await service(['status'], { world })
  expect([none.code, none.output]).toEqual([4, expect.stringContaining('No service is installed')])
  expect(JSON.parse((await service(['status', '--json'], { world })).output)).toMatchObject({ is_installed: false })
  await service(['install'], { world })
  world.answers.set('systemctl --user show hearth.service', { output: runningUnit })
  const running = await service(['status', '--json'], { world })
  expect(running.code).toBe(0)
  expect(JSON.parse(running.output)).toEqual({
    manager: 'systemd, for the user ada',
    scope: 'user',
    definition: userUnit,
    is_installed: true,
    installed_by: expect.any(String),
    is_enabled: true,
    state: 'running',
    pid: 441,
    since: '2026-11-21T23:19:42.000Z',
    restarts: 0,
    last_end: null,
    url: 'http://127.0.0.1:8080',
    answers: '0.1.0',
  })
  world.answers.set('systemctl --user show hearth.service', { output: 'ActiveState=inactive\nMainPID=0\n' })
  const stopped = await service(['status'], { world, machine: { ask: async () => undefined } })
  expect([stopped.code, stopped.output]).toEqual([3, expect.stringContaining('no, not at http://127.0.0.1:8080')])
})

test('the service may have a low port, also where it is one of several addresses', async () => {
  for (const [listen, right] of [
    ['127.0.0.1:8080,0.0.0.0:80', 'CAP_NET_BIND_SERVICE'],
    ['127.0.0.1:8080,unix:/run/hearth.sock', ''],
    ['unix:/run/hearth.sock', ''],
  ] as const) {
    const world = fakeServiceWorld({ ...root, files: { ...booted, ...program } })
    await service(['install', '--', '--listen', listen, '--insecure'], { world })
    expect(world.read(systemUnit), listen).toContain(`\nCapabilityBoundingSet=${right}\n`)
  }
})

test('without a scope the service is meant that is there', async () => {
  const files = { ...booted, ...program }
  const world = fakeServiceWorld({ ...root, files })
  await service(['install'], { world })
  const ada = fakeServiceWorld({ files: Object.fromEntries(world.files) })
  expect(JSON.parse((await service(['status', '--json'], { world: ada })).output).definition).toBe(systemUnit)
  await service(['logs', '-f', '--lines', '5'], { world: ada })
  expect(ada.ran.at(-1)).toBe('journalctl -u hearth -n 5 -o cat -f')
  expect(await service(['stop'], { world: ada })).toMatchObject({ code: 1, errors: expect.stringContaining('sudo') })
})

test('uninstall takes away what install wrote, and says what stays', async () => {
  const world = fakeServiceWorld({ files: booted })
  expect(await service(['uninstall'], { world })).toMatchObject({ code: 0, errors: '' })
  expect(await service(['start'], { world })).toMatchObject({ code: 4 })
  await service(['install', '--', '--models-dir', '/mnt/models'], { world })
  const trial = await service(['uninstall', '--dry-run'], { world })
  expect(trial.output).toContain(`remove  ${userUnit}\n`)
  expect(world.files.has(userUnit)).toBe(true)
  const done = await service(['uninstall'], { world })
  expect(done).toMatchObject({ code: 0, errors: '' })
  expect(done.output).toContain('models   /mnt/models\n')
  expect(done.output).toContain('data     /home/ada/.local/share/hearth\n')
  expect([...world.files.keys()]).toEqual(Object.keys(booted))
  expect(world.ran).toContain('systemctl --user disable --now hearth.service')
})

test('start, stop and restart are those of the system', async () => {
  const world = fakeServiceWorld({ files: booted })
  await service(['install'], { world })
  for (const action of ['start', 'stop', 'restart']) {
    expect(await service([action], { world })).toMatchObject({ code: 0 })
    expect(world.ran.at(-1)).toBe(`systemctl --user ${action} hearth.service`)
  }
})

test('macOS has an agent of launchd, which carries the variables itself', async () => {
  const environmentFile = '/Users/ada/.config/hearth/hearth.env'
  const world = fakeServiceWorld({
    platform: 'darwin',
    userId: 501,
    home: '/Users/ada',
    files: { [environmentFile]: { kind: 'file', mode: 0o600, text: 'HF_TOKEN=a&b\n' } },
  })
  const plist = '/Users/ada/Library/LaunchAgents/local.hearth.plist'
  world.answers.set('launchctl print', { output: '\tstate = running\n\tpid = 77\n\truns = 1\n' })
  const machine = { ask: async () => (world.ran.some((line) => line.includes('bootstrap')) ? '0.1.0' : undefined) }
  expect(await service(['install'], { world, machine })).toMatchObject({ code: 0, errors: '' })
  expect(world.ran).toEqual(['launchctl enable gui/501/local.hearth', `launchctl bootstrap gui/501 ${plist}`])
  expect(world.look(plist)).toEqual({ kind: 'file', mode: 0o600 })
  expect(textOf(world, plist)).toContain('<string>a&amp;b</string>')
  expect(await service(['status'], { world, machine })).toMatchObject({ code: 0 })
  world.ran.length = 0
  await service(['install', '--', '--port', '9000'], { world, machine })
  // bootstrap fails as long as the old job is ending.
  expect(world.ran.filter((line) => !line.startsWith('launchctl print'))).toEqual([
    'launchctl bootout gui/501/local.hearth',
    '/bin/sh -c while launchctl print gui/501/local.hearth >/dev/null 2>&1; do sleep 0.2; done',
    'launchctl enable gui/501/local.hearth',
    `launchctl bootstrap gui/501 ${plist}`,
  ])
  await service(['uninstall'], { world, machine })
  expect(world.ran.at(-1)).toBe('launchctl bootout gui/501/local.hearth')
  expect(world.files.has(plist)).toBe(false)
  const asRoot = fakeServiceWorld({ ...root, platform: 'darwin', files: {} })
  expect(await service(['install'], { world: asRoot })).toMatchObject({
    code: 1,
    errors: expect.stringContaining('root'),
  })
})

test('Windows has a task, which is disabled while it shall be stopped', async () => {
  const home = 'C:\\Users\\ada'
  const world = fakeServiceWorld({ platform: 'win32', home, variables: { USERDOMAIN: 'BOX' } })
  const { userId: _, ...windows } = world
  const machine: Partial<ServiceMachine> = {
    program: { command: ['C:\\Program Files\\Hearth\\hearth.exe'], isExecutable: true, folder: emptyFolder },
    ask: async () => (world.ran.some((line) => line.includes('/create')) ? '0.1.0' : undefined),
  }
  const trial = { world: windows as FakeServiceWorld, machine }
  expect(await service(['install'], trial)).toMatchObject({ code: 0, errors: '' })
  const file = `${home}\\AppData\\Local\\hearth\\service-user.xml`
  expect(world.ran).toEqual([
    `schtasks.exe /create /f /tn Hearth (ada) /xml ${file}`,
    'schtasks.exe /run /tn Hearth (ada)',
  ])
  expect(textOf(world, file)).toContain('<UserId>BOX\\ada</UserId>')
  await service(['stop'], trial)
  expect(world.ran.slice(-2)).toEqual([
    'schtasks.exe /change /tn Hearth (ada) /disable',
    'schtasks.exe /end /tn Hearth (ada)',
  ])
  const percent = await service(['install', '--', '--model', '%x%'], trial)
  expect(percent).toMatchObject({ code: 2, errors: expect.stringContaining('percent sign') })
})

test('what the command does not know is refused by name', async () => {
  const refuse = async (...words: string[]) => (await runCommandLine(['service', ...words])).errors
  expect(await refuse('instal')).toContain('instal: expected install, uninstall')
  expect(await refuse('status', '--follow')).toContain('--follow: status does not take it')
  expect(await refuse('stop', 'now')).toContain('now: stop takes nothing more')
  expect(await refuse('install', '--user', '--system')).toContain('either --user or --system')
  expect(await refuse('logs', '--lines', '0')).toContain('--lines')
})
