import { recordLine, type ServiceWish, stopSeconds } from './service-wish.ts'
import { systemdCommand, systemdWord, withoutSpecifiers } from './systemd-quote.ts'

/** The name of the unit, and of the user that the one of the whole machine runs as. */
export const unitName = 'hearth.service'
export const serviceUser = 'hearth'
/** StateDirectory= of the unit of the whole machine. */
export const systemDataFolder = '/var/lib/hearth'

/** What a unit is made from besides the wish. */
export interface UnitFacts {
  /** `video` and `render`, as far as this machine has them: a group that is missing would keep the unit from starting. */
  readonly gpuGroups: readonly string[]
  /** Absolute path of nvidia-modprobe, which makes the devices of NVIDIA's driver appear at their first use. */
  readonly nvidiaModprobe?: string
}

/** The unit for one user: what is theirs is reached, nothing more is to be had. Pure. */
export function userUnit(wish: ServiceWish, { nvidiaModprobe }: UnitFacts): string {
  const limits =
    nvidiaModprobe === undefined
      ? ['NoNewPrivileges=yes', ...systemCalls]
      : [`# No NoNewPrivileges=: libcuda starts ${nvidiaModprobe}, which has to become root, at its first use.`]
  return unit(wish, {
    service: [`EnvironmentFile=-${withoutSpecifiers(wish.environmentFile)}`, ...running(wish), 'UMask=0077', ...limits],
    edit: 'systemctl --user edit',
    wantedBy: 'default.target',
  })
}

/** The unit for the whole machine: a user of its own, and what that user may reach. Pure. */
export function systemUnit(wish: ServiceWish, facts: UnitFacts): string {
  const { nvidiaModprobe, gpuGroups } = facts
  return unit(wish, {
    head: ['Wants=network-online.target', 'After=network-online.target'],
    service: [
      `User=${serviceUser}`,
      `Group=${serviceUser}`,
      ...(gpuGroups.length > 0 ? [`SupplementaryGroups=${gpuGroups.join(' ')}`] : []),
      'StateDirectory=hearth',
      'StateDirectoryMode=0750',
      'WorkingDirectory=%S/hearth',
      'Environment=HEARTH_HOME=%S/hearth',
      `EnvironmentFile=-${withoutSpecifiers(wish.environmentFile)}`,
      ...(nvidiaModprobe === undefined ? [] : [`ExecStartPre=+-${systemdWord(nvidiaModprobe)} -c 0 -u`]),
      ...running(wish),
      '',
      '# No MemoryDenyWriteExecute= (JavaScript is compiled at run time), no PrivateDevices= (GPUs), no ProcSubset= (memory and cores).',
      ...rights(wish.port),
      ...hardening,
      ...reach(wish.paths),
      ...devices,
      ...systemCalls,
    ],
    edit: 'systemctl edit',
    wantedBy: 'multi-user.target',
  })
}

interface UnitParts {
  /** What opens settings of one's own in an editor. */
  readonly edit: string
  readonly head?: readonly string[]
  readonly service: readonly string[]
  readonly wantedBy: string
}

const unit = (wish: ServiceWish, { edit, head = [], service, wantedBy }: UnitParts): string =>
  [
    `# Written by \`hearth service install\`, which replaces it. Your own settings: ${edit} hearth (they stay).`,
    `# ${recordLine(wish)}`,
    '[Unit]',
    'Description=Hearth, a server for language models',
    ...head,
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${systemdCommand([...wish.command, 'serve', ...wish.args])}`,
    'ExecReload=kill -HUP $MAINPID',
    ...service,
    '',
    '[Install]',
    `WantedBy=${wantedBy}`,
    '',
  ].join('\n')

/** How it starts anew and ends. The server alone is asked to end: what its models answer may end with it. */
const running = (wish: ServiceWish): readonly string[] => [
  'Restart=on-failure',
  'RestartSec=5',
  '# A configuration that cannot be used does not get better by itself.',
  'RestartPreventExitStatus=2',
  'KillMode=mixed',
  `TimeoutStopSec=${stopSeconds(wish)}`,
  '# A model that was killed for its memory costs its own requests only.',
  'OOMPolicy=continue',
  'LimitNOFILE=65536',
]

const rights = (port: number): readonly string[] => {
  const low = port > 0 && port < 1024 ? 'CAP_NET_BIND_SERVICE' : ''
  return ['NoNewPrivileges=yes', `CapabilityBoundingSet=${low}`, `AmbientCapabilities=${low}`]
}

const hardening = [
  'UMask=0077',
  'ProtectSystem=strict',
  'PrivateTmp=yes',
  'ProtectProc=invisible',
  'ProtectClock=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'ProtectControlGroups=yes',
  'RemoveIPC=yes',
  'RestrictNamespaces=yes',
]

/** Folders of people are hidden, but for what the configuration names in them. */
function reach({ written, read }: ServiceWish['paths']): readonly string[] {
  const named = [...written, ...read].some(isOfPeople)
  return [
    `ProtectHome=${named ? 'tmpfs' : 'yes'}`,
    ...written.map((path) => `${isOfPeople(path) ? 'BindPaths' : 'ReadWritePaths'}=${systemdWord(`-${path}`)}`),
    ...read.filter(isOfPeople).map((path) => `BindReadOnlyPaths=${systemdWord(`-${path}`)}`),
  ]
}

/** What ProtectHome= hides, also where /home and /root are links, as on systems that come as an image. */
export const isOfPeople = (path: string): boolean => /^\/(home|root|run\/user|var\/home|var\/roothome)(\/|$)/.test(path)

/** What PrivateTmp= hides. */
export const isTemporary = (path: string): boolean => /^\/(tmp|var\/tmp)(\/|$)/.test(path)

/** AMD's, Intel's and NVIDIA's GPUs, and the one of Windows below WSL. */
const devices = [
  'DevicePolicy=closed',
  ...['char-drm', 'char-kfd', '/dev/dxg'].map((device) => `DeviceAllow=${device} rw`),
  ...['frontend', 'ctl', 'uvm', 'caps'].map((part) => `DeviceAllow=char-nvidia${part === 'ctl' ? '' : '-'}${part} rw`),
  'DeviceAllow=char-nvidia rw',
]

const systemCalls = [
  'LockPersonality=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service',
  'SystemCallFilter=~@privileged',
  'SystemCallErrorNumber=EPERM',
]
