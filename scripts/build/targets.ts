/** One executable that can be built. */
export interface Target {
  /** As people name it, and as the file is named: `dist/hearth-<name>`. */
  readonly name: string
  /** Bun's name of its runtime. */
  readonly runtime: Bun.Build.CompileTarget
  /** The npm package that holds this runtime, after `@oven/`. On x64 the one that old processors (without AVX2) can run, too. */
  readonly runtimePackage: string
  /** node-llama-cpp's packages with the native libraries, after `@node-llama-cpp/`; the first one holds the addon. */
  readonly native: readonly [string, ...string[]]
  readonly device: 'cpu' | 'cuda' | 'vulkan' | 'metal'
  /** What Node calls the machine: `process.platform` and `process.arch`. */
  readonly machine: `${NodeJS.Platform}-${string}`
  /** The size that the executable may have, in bytes; a build of a larger one fails. */
  readonly mostBytes: number
  /** The end of the file's name. */
  readonly suffix?: '.exe'
}

type Machine = Omit<Target, 'name' | 'native' | 'device' | 'mostBytes'>

const linuxX64: Machine = {
  runtime: 'bun-linux-x64-baseline',
  runtimePackage: 'bun-linux-x64-baseline',
  machine: 'linux-x64',
}
const linuxArm64: Machine = {
  runtime: 'bun-linux-arm64',
  runtimePackage: 'bun-linux-aarch64',
  machine: 'linux-arm64',
}
const macArm64: Machine = {
  runtime: 'bun-darwin-arm64',
  runtimePackage: 'bun-darwin-aarch64',
  machine: 'darwin-arm64',
}
const macX64: Machine = {
  runtime: 'bun-darwin-x64-baseline',
  runtimePackage: 'bun-darwin-x64-baseline',
  machine: 'darwin-x64',
}
const windowsX64: Machine = {
  runtime: 'bun-windows-x64-baseline',
  runtimePackage: 'bun-windows-x64-baseline',
  machine: 'win32-x64',
  suffix: '.exe',
}
const windowsArm64: Machine = {
  runtime: 'bun-windows-arm64',
  runtimePackage: 'bun-windows-aarch64',
  machine: 'win32-arm64',
  suffix: '.exe',
}

/** Every target. One row is one executable. */
export const targets: readonly Target[] = [
  { name: 'linux-x64', ...linuxX64, native: ['linux-x64'], device: 'cpu', mostBytes: 150e6 },
  {
    name: 'linux-x64-cuda',
    ...linuxX64,
    native: ['linux-x64-cuda', 'linux-x64-cuda-ext'],
    device: 'cuda',
    mostBytes: 400e6,
  },
  { name: 'linux-x64-vulkan', ...linuxX64, native: ['linux-x64-vulkan'], device: 'vulkan', mostBytes: 150e6 },
  { name: 'linux-arm64', ...linuxArm64, native: ['linux-arm64'], device: 'cpu', mostBytes: 150e6 },
  { name: 'macos-arm64', ...macArm64, native: ['mac-arm64-metal'], device: 'metal', mostBytes: 150e6 },
  { name: 'macos-x64', ...macX64, native: ['mac-x64'], device: 'cpu', mostBytes: 150e6 },
  { name: 'windows-x64', ...windowsX64, native: ['win-x64'], device: 'cpu', mostBytes: 150e6 },
  {
    name: 'windows-x64-cuda',
    ...windowsX64,
    native: ['win-x64-cuda', 'win-x64-cuda-ext'],
    device: 'cuda',
    mostBytes: 400e6,
  },
  { name: 'windows-x64-vulkan', ...windowsX64, native: ['win-x64-vulkan'], device: 'vulkan', mostBytes: 150e6 },
  { name: 'windows-arm64', ...windowsArm64, native: ['win-arm64'], device: 'cpu', mostBytes: 150e6 },
]

/** The target of the machine that this runs on, without a GPU; undefined where there is none. */
export const ownTarget = (): Target | undefined =>
  targets.find(({ machine }) => machine === `${process.platform}-${process.arch}`)

/** Where the executable of a target goes, relative to the top of the project. */
export const outputOf = ({ name, suffix }: Target): string => `dist/hearth-${name}${suffix ?? ''}`
