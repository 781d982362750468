import { expect, test } from 'bun:test'
import { containerOf, readCpuInfo, readLscpuName, readMemInfo, readOsRelease } from './linux.ts'

const x64 = (cores: readonly (readonly [number, number])[]) =>
  cores
    .map(
      ([physical, core], index) => `processor\t: ${index}
vendor_id\t: GenuineIntel
cpu family\t: 6
model name\t: Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz
physical id\t: ${physical}
core id\t\t: ${core}
flags\t\t: fpu vme sse sse2 ssse3 fma sse4_2 avx f16c bmi2 avx2 avx512f avx512_vnni amx_bf16 amx_tile amx_int8
bugs\t\t: spectre_v1
power management:
`,
    )
    .join('\n')

test('of an x64 processor: its name, its cores without their twins, and what matters for arithmetic', () => {
  const twins = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ] as const
  expect(readCpuInfo(x64(twins))).toEqual({
    name: 'Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz',
    vendor: 'GenuineIntel',
    physicalCores: 4,
    features: [
      ...['sse4_2', 'ssse3', 'avx', 'f16c', 'fma', 'avx2', 'bmi2'],
      ...['avx512f', 'avx512_vnni', 'amx_tile', 'amx_int8', 'amx_bf16'],
    ],
  })
})

const arm = `processor	: 0
BogoMIPS	: 108.00
Features	: fp asimd evtstrm crc32 atomics fphp asimdhp cpuid asimdrdm asimddp
CPU implementer	: 0x41
CPU architecture: 8
CPU variant	: 0x4
CPU part	: 0xd0b
CPU revision	: 1

Model		: Raspberry Pi 5 Model B Rev 1.0
`

test('of an ARM processor: the board, the maker, and no count of cores that nobody tells', () => {
  expect(readCpuInfo(arm)).toEqual({
    name: 'Raspberry Pi 5 Model B Rev 1.0',
    vendor: 'ARM',
    features: ['asimd', 'asimdhp', 'asimddp'],
  })
  expect(readCpuInfo(arm.replace(/Model\t.*/, '')).name).toBeUndefined()
  expect(readLscpuName('Architecture:  aarch64\nVendor ID:     ARM\nModel name:    Neoverse-N1\n')).toBe('Neoverse-N1')
  expect(readLscpuName('Model name:    -\n')).toBeUndefined()
})

test('what cannot be read is left open', () => {
  expect(readCpuInfo('')).toEqual({ features: [] })
  expect(readOsRelease('')).toBeUndefined()
  expect(readMemInfo('')).toEqual({})
})

test('the name of the system, quoted or not', () => {
  expect(readOsRelease('NAME="Ubuntu"\nPRETTY_NAME="Ubuntu 24.04.1 LTS"\n')).toBe('Ubuntu 24.04.1 LTS')
  expect(readOsRelease('NAME=Fedora\n')).toBe('Fedora')
})

test('memory and swap in bytes', () => {
  expect(
    readMemInfo('MemTotal:       16384 kB\nMemFree: 1 kB\nSwapTotal:       2048 kB\nSwapFree:        1024 kB\n'),
  ).toEqual({
    totalBytes: 16384 * 1024,
    swapTotalBytes: 2048 * 1024,
    swapFreeBytes: 1024 * 1024,
  })
})

test.each([
  ['a machine of its own', {}, '6.1.0-40-amd64', undefined],
  ['docker', { '/.dockerenv': '' }, '6.1.0', 'docker'],
  ['podman', { '/run/.containerenv': 'engine="podman"' }, '6.1.0', 'podman'],
  ['kubernetes', { '/var/run/secrets/kubernetes.io': '', '/.dockerenv': '' }, '6.1.0', 'kubernetes'],
  ['lxc, as systemd tells it', { '/run/systemd/container': 'lxc\n' }, '6.1.0', 'lxc'],
  ['by the control group', { '/proc/1/cgroup': '0::/kubepods/besteffort/pod1\n' }, '6.1.0', 'kubernetes'],
  ['Linux inside of Windows', {}, '5.15.153.1-microsoft-standard-WSL2', 'wsl'],
] as const)('what it runs in: %s', (_, files: Readonly<Record<string, string>>, kernel, expected) => {
  const traces = { has: (path: string) => path in files, read: (path: string) => files[path] ?? '', kernel }
  expect(containerOf(traces)).toBe(expected)
})
