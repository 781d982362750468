import { expect, test } from 'bun:test'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readRecord, type ServiceWish } from './service-wish.ts'
import { isBeyondSystemd, systemdCommand, systemdWord } from './systemd-quote.ts'
import { systemUnit, userUnit } from './systemd-unit.ts'

const wish: ServiceWish = {
  version: '0.1.0',
  command: ['/usr/bin/env'],
  args: ['--port', '9000'],
  url: 'http://127.0.0.1:9000',
  port: 9000,
  shutdownSeconds: 30,
  environmentFile: '/etc/hearth/hearth.env',
  variables: {},
  paths: { written: [], read: [] },
}
const facts = { gpuGroups: ['video', 'render'] }

const linesOf = (unit: string, name: string) => unit.split('\n').filter((line) => line.startsWith(`${name}=`))

test('words are quoted as systemd reads them', () => {
  expect(systemdWord('--port=9000')).toBe('--port=9000')
  expect(systemdWord('a b')).toBe('"a b"')
  expect(systemdWord('50%')).toBe('50%%')
  expect(systemdWord('a"b\\c\'d')).toBe('"a\\"b\\\\c\'d"')
  expect(systemdWord('/m/qwen:7b.gguf')).toBe('"/m/qwen:7b.gguf"')
  expect(['a\tb', 'a\nb', 'a\u001bb', 'ü b'].map(isBeyondSystemd)).toEqual([true, true, true, false])
  expect(systemdWord('')).toBe('""')
  expect(systemdWord(';')).toBe('";"')
  expect(systemdCommand(['/opt/$x/hearth', 'serve', '$HOME'])).toBe('"/opt/$x/hearth" serve "$$HOME"')
})

test('a unit carries what it was made from, and comments of XML can carry the same', () => {
  const odd = { ...wish, args: ['--model-dirs', '/a ü\u2028<b>&"c"\\---'] }
  const unit = userUnit(odd, facts)
  const { version, args, url, environmentFile } = odd
  expect(readRecord(unit)).toEqual({ version, args, url: url ?? '', environmentFile })
  expect(/# hearth-service: (.*)/.exec(unit)?.[1]).not.toMatch(/--|[<>&]|[^ -~]/)
  expect(readRecord('[Service]\nExecStart=/bin/true\n')).toBeUndefined()
  expect(readRecord('# hearth-service: {broken}')).toBeUndefined()
})

test('the server alone is asked to end, and has the time that its requests have', () => {
  for (const make of [userUnit, systemUnit]) {
    const unit = make({ ...wish, shutdownSeconds: 90.5 }, facts)
    expect(linesOf(unit, 'KillMode')).toEqual(['KillMode=mixed'])
    expect(linesOf(unit, 'TimeoutStopSec')).toEqual(['TimeoutStopSec=101'])
    expect(linesOf(unit, 'OOMPolicy')).toEqual(['OOMPolicy=continue'])
    expect(linesOf(unit, 'RestartPreventExitStatus')).toEqual(['RestartPreventExitStatus=2'])
  }
})

test('it is told to read its configuration again as other services are', () => {
  for (const make of [userUnit, systemUnit])
    expect(linesOf(make(wish, facts), 'ExecReload')).toEqual(['ExecReload=kill -HUP $MAINPID'])
})

test('groups that a machine has not are not asked for', () => {
  expect(linesOf(systemUnit(wish, { gpuGroups: ['video'] }), 'SupplementaryGroups')).toEqual([
    'SupplementaryGroups=video',
  ])
  expect(linesOf(systemUnit(wish, { gpuGroups: [] }), 'SupplementaryGroups')).toEqual([])
})

test('ports below 1024 bring the one right that they need', () => {
  const rights = (port: number) => linesOf(systemUnit({ ...wish, port }, facts), 'CapabilityBoundingSet')
  expect(rights(80)).toEqual(['CapabilityBoundingSet=CAP_NET_BIND_SERVICE'])
  expect(rights(1024)).toEqual(['CapabilityBoundingSet='])
  expect(rights(0)).toEqual(['CapabilityBoundingSet='])
})

test('folders that the configuration names are reached, and those of people only as far as they are named', () => {
  const unit = systemUnit(
    { ...wish, paths: { written: ['/srv/my models', '/home/ada/m'], read: ['/opt/m', '/home/ada/r', '/homework'] } },
    facts,
  )
  expect(linesOf(unit, 'ProtectHome')).toEqual(['ProtectHome=tmpfs'])
  expect(linesOf(unit, 'ReadWritePaths')).toEqual(['ReadWritePaths="-/srv/my models"'])
  expect(linesOf(unit, 'BindPaths')).toEqual(['BindPaths=-/home/ada/m'])
  expect(linesOf(unit, 'BindReadOnlyPaths')).toEqual(['BindReadOnlyPaths=-/home/ada/r'])
  expect(linesOf(systemUnit(wish, facts), 'ProtectHome')).toEqual(['ProtectHome=yes'])
})

test('where the tool of NVIDIA has to become root, nothing of the unit of a user keeps it from it', () => {
  const with_ = { ...facts, nvidiaModprobe: '/usr/bin/nvidia-modprobe' }
  // Without root, every filter of system calls implies NoNewPrivileges= (systemd.exec(5)).
  expect(userUnit(wish, with_)).not.toMatch(/^(NoNewPrivileges|SystemCall|Restrict(Address|Real|SUID)|LockPers)/m)
  expect(linesOf(userUnit(wish, facts), 'NoNewPrivileges')).toEqual(['NoNewPrivileges=yes'])
  expect(linesOf(systemUnit(wish, with_), 'ExecStartPre')).toEqual(['ExecStartPre=+-/usr/bin/nvidia-modprobe -c 0 -u'])
})

const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0
const whereItIs = test.skipIf(!hasAnalyze)

whereItIs('systemd-analyze verify finds nothing wrong with either unit (where systemd is installed)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-unit-'))
  try {
    // It says so where the program is not there: the path was read as it was meant.
    const program = join(folder, 'a b%c$d;ü')
    writeFileSync(program, '#!/bin/sh\n')
    chmodSync(program, 0o755)
    const odd = {
      ...wish,
      command: [program] as const,
      args: ['--model-dirs', '/x y/%h/$HOME/"q"', ';', '\\'],
      paths: { written: ['/srv/my models', '/home/a b'], read: ['/home/c%d', '/home/ada/qwen:7b.gguf'] },
    }
    for (const [mode, text] of [
      ['--user', userUnit(odd, facts)],
      ['--system', systemUnit(odd, { ...facts, nvidiaModprobe: '/usr/bin/env' })],
    ] as const) {
      const file = join(folder, 'hearth.service')
      writeFileSync(file, text)
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', mode, file], {
        encoding: 'utf8',
        env: { ...process.env, XDG_RUNTIME_DIR: folder },
      })
      const about = stderr.split('\n').filter((line) => line.includes('hearth'))
      expect({ mode, status, about }).toEqual({ mode, status: 0, about: [] })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

whereItIs(
  'the unit of the machine is rated below 2 of 10 by systemd-analyze security (where systemd is installed)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'hearth-unit-'))
    try {
      const file = join(folder, 'hearth.service')
      writeFileSync(file, systemUnit(wish, facts))
      const told = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', file], {
        encoding: 'utf8',
      })
      expect(Number(/exposure level for hearth\.service: ([\d.]+)/.exec(told)?.[1])).toBeLessThan(2)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
