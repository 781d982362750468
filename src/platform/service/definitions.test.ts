import { expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { launchdPlist } from './launchd-plist.ts'
import { readRecord, type ServiceWish } from './service-wish.ts'
import { isBeyondCmd, windowsTask } from './windows-task.ts'

const wish: ServiceWish = {
  version: '0.1.0',
  command: ['/Applications/My <Apps> & "more"/hearth'],
  args: ['--model-dirs', "/a -- b/ü/'c'", '--no-auto-pull'],
  url: 'http://127.0.0.1:8080',
  port: 8080,
  shutdownSeconds: 30,
  environmentFile: '/Users/ada/.config/hearth/hearth.env',
  variables: { HF_TOKEN: 'a<b&c' },
  paths: { written: [], read: [] },
}

/** What Python's own readers make of a text; a test that cannot read it fails. */
function readByPython(script: string, input: string): unknown {
  const { stdout, stderr, status } = spawnSync('python3', ['-c', script], { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

const withPython = test.skipIf(spawnSync('python3', ['--version']).status !== 0)

withPython('a property list says what it is to say, in the eyes of another reader (where Python is installed)', () => {
  const plist = launchdPlist(wish, { logFile: '/Users/ada/Library/Logs/hearth.log', userName: 'ada' })
  const script = 'import sys,json,plistlib; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))'
  expect(readByPython(script, plist)).toEqual({
    Label: 'local.hearth',
    UserName: 'ada',
    ProgramArguments: [...wish.command, 'serve', ...wish.args],
    EnvironmentVariables: wish.variables,
    RunAtLoad: true,
    KeepAlive: { SuccessfulExit: false },
    ThrottleInterval: 10,
    ExitTimeOut: 40,
    ProcessType: 'Interactive',
    SoftResourceLimits: { NumberOfFiles: 10240 },
    Umask: 63,
    StandardOutPath: '/Users/ada/Library/Logs/hearth.log',
    StandardErrorPath: '/Users/ada/Library/Logs/hearth.log',
  })
  expect(readRecord(plist)?.args).toEqual([...wish.args])
})

const flat = `
import sys,json,re
import xml.etree.ElementTree as tree
def value(node):
    return {re.sub('{.*}','',child.tag): value(child) for child in node} or node.text
print(json.dumps(value(tree.fromstring(sys.stdin.read().replace('encoding="UTF-16"','')))))
`

withPython(
  'a task of Windows says what it is to say, in the eyes of another reader (where Python is installed)',
  () => {
    const command = ['C:\\Program Files\\Hearth & co\\hearth.exe'] as const
    const facts = { userName: 'BOX\\Ada', logFile: 'C:\\Users\\Ada\\log dir\\service.log' }
    const task = windowsTask({ ...wish, command, args: ['--models-dir', 'D:\\'] }, { scope: 'system', ...facts })
    const inner = `"${command[0]}" "serve" "--models-dir" "D:\\\\" >> "${facts.logFile}" 2>&1`
    expect(readByPython(flat, task)).toMatchObject({
      Triggers: { BootTrigger: { Enabled: 'true', Repetition: { Interval: 'PT1M' } } },
      Principals: { Principal: { UserId: 'BOX\\Ada', LogonType: 'S4U', RunLevel: 'LeastPrivilege' } },
      Settings: {
        MultipleInstancesPolicy: 'IgnoreNew',
        ExecutionTimeLimit: 'PT0S',
        DisallowStartIfOnBatteries: 'false',
        StopIfGoingOnBatteries: 'false',
      },
      Actions: { Exec: { Command: 'cmd.exe', Arguments: `/d /v:off /s /c "${inner}"` } },
    })
    expect(readRecord(task)?.args).toEqual(['--models-dir', 'D:\\'])
    const own = readByPython(flat, windowsTask(wish, { scope: 'user', ...facts }))
    expect(own).toMatchObject({
      Triggers: { LogonTrigger: { UserId: 'BOX\\Ada' } },
      Principals: { Principal: { LogonType: 'InteractiveToken' } },
      Actions: { Exec: { Command: 'conhost.exe' } },
    })
  },
)

test('what cmd.exe would read as something else is told apart', () => {
  expect(['a b', 'C:\\x', 'a&b|c>d^e!'].filter(isBeyondCmd)).toEqual([])
  expect(['%PATH%', 'a"b', 'a\nb', 'a\u0001b'].map(isBeyondCmd)).toEqual([true, true, true, true])
})
