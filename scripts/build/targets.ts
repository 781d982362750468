/** One executable that can be built. */
export interface Target {
  /** As people name it, and as the file is named: `dist/hearth-<name>`. */
  readonly name: string
  /** Bun's name of its runtime; the `-baseline` one also runs on x64 processors without AVX2. */
  readonly runtime: Bun.Build.CompileTarget
  readonly baselineRuntime?: Bun.Build.CompileTarget
  /** node-llama-cpp's package with the native libraries, after `@node-llama-cpp/`. */
  readonly native: string
  readonly device: 'cpu' | 'cuda' | 'vulkan' | 'metal'
  /** What Node calls the machine: `process.platform` and `process.arch`. */
  readonly machine: `${NodeJS.Platform}-${string}`
  /** The end of the file's name. */
  readonly suffix?: '.exe'
}

/** Every target. One row is one executable. */
export const targets: readonly Target[] = [
  {
    name: 'linux-x64',
    runtime: 'bun-linux-x64',
    baselineRuntime: 'bun-linux-x64-baseline',
    native: 'linux-x64',
    device: 'cpu',
    machine: 'linux-x64',
  },
  { name: 'linux-arm64', runtime: 'bun-linux-arm64', native: 'linux-arm64', device: 'cpu', machine: 'linux-arm64' },
  {
    name: 'macos-arm64',
    runtime: 'bun-darwin-arm64',
    native: 'mac-arm64-metal',
    device: 'metal',
    machine: 'darwin-arm64',
  },
  {
    name: 'macos-x64',
    runtime: 'bun-darwin-x64',
    baselineRuntime: 'bun-darwin-x64-baseline',
    native: 'mac-x64',
    device: 'cpu',
    machine: 'darwin-x64',
  },
  {
    name: 'windows-x64',
    runtime: 'bun-windows-x64',
    baselineRuntime: 'bun-windows-x64-baseline',
    native: 'win-x64',
    device: 'cpu',
    machine: 'win32-x64',
    suffix: '.exe',
  },
]

/** The target of the machine that this runs on; undefined where there is none. */
export const ownTarget = (): Target | undefined =>
  targets.find(({ machine }) => machine === `${process.platform}-${process.arch}`)

/** Where the executable of a target goes, relative to the top of the project. */
export const outputOf = ({ name, suffix }: Target): string => `dist/hearth-${name}${suffix ?? ''}`
