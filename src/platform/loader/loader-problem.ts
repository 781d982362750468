/** Why libraries cannot be opened, to stand in a sentence, and whole sentences that say what to do. */
export interface LoaderProblem {
  readonly problem: string
  readonly remedy: string
}

/** The oldest glibc that the native libraries work with, in numbers: node-llama-cpp's want GLIBC_2.34. */
export const leastGlibc = [2, 34] as const

/** What to do on a system that is too old for the native libraries, or has another C library. */
export const systemRemedy =
  `Use a system with glibc ${leastGlibc.join('.')} or newer (Debian 12, Ubuntu 22.04, RHEL 9 or later), run Hearth's container image, ` +
  'or set HEARTH_NATIVE_DIR to a folder with libraries that were compiled on this system.'

/** Where the Vulkan loader comes from. A sentence without its end. */
export const vulkanLoaderRemedy =
  'Install the Vulkan loader (Debian and Ubuntu: libvulkan1; Fedora and RHEL: vulkan-loader; Arch: vulkan-icd-loader)'

/**
 * What the words of the system's loader mean to whoever wants models to run; undefined where they speak for themselves.
 * Pure. Knows glibc, musl (also below gcompat), macOS and Windows.
 */
export function readLoaderProblem(words: string): LoaderProblem | undefined {
  for (const { pattern, read } of readings) {
    const match = pattern.exec(words)
    if (match) return read(match)
  }
  return undefined
}

interface Reading {
  readonly pattern: RegExp
  readonly read: (match: RegExpExecArray) => LoaderProblem
}

const readings: readonly Reading[] = [
  {
    pattern: /version [`'](GLIBC_[\d.]+|GLIBC_ABI\w+)' not found/,
    read: ([, version = '']) => ({
      problem: `this system's C library is too old: glibc ${leastGlibc.join('.')} or newer is needed (${version} was not found)`,
      remedy: systemRemedy,
    }),
  },
  {
    // musl's own words; glibc has others.
    pattern: /Error relocating \S+ (\S+): symbol not found|Error loading shared library (\S+):/,
    read: () => ({
      problem: `this system has musl, and glibc ${leastGlibc.join('.')} or newer is needed`,
      remedy: systemRemedy,
    }),
  },
  {
    pattern: /version [`']((?:GLIBCXX|CXXABI|GCC)_[\d.]+)' not found/,
    read: ([, version = '']) => ({
      problem: `this system's C++ runtime is too old: it lacks ${version}, and no newer one is carried along that works here`,
      remedy: `Update libstdc++ and libgcc (GCC 12 or newer). ${systemRemedy}`,
    }),
  },
  {
    pattern: /(libstdc\+\+\.so\.6|libgcc_s\.so\.1): cannot open shared object file/,
    read: ([, library = '']) => ({
      problem: `this system has no ${library}, and none is carried along that works here`,
      remedy:
        'Install the C++ runtime (Debian and Ubuntu: libstdc++6 and libgcc-s1; Fedora and RHEL: libstdc++ and libgcc).',
    }),
  },
  {
    // The addon for Vulkan is linked to it, so that without it nothing runs on the processor either.
    pattern: /(libvulkan\.so[.\d]*): cannot open shared object file/,
    read: ([, library = '']) => ({
      problem: `this system has no ${library}, and libraries for Vulkan need it, also to run models on the processor`,
      remedy: `${vulkanLoaderRemedy} and the driver of the GPU, or use the executable hearth-linux-x64, which runs models on the processor without it.`,
    }),
  },
  {
    pattern: /Cannot allocate memory/i,
    read: () => ({
      problem: 'there is no memory left to open the native libraries',
      remedy: 'Close other programs, or raise the limit of this process (ulimit -v, or that of the container).',
    }),
  },
  {
    // What glibc says where a file may not be run; the reason behind the colon, where there is one, is a right that lacks.
    pattern: /^(?:.*?)(\/[^:\n]*)?: failed to map segment from shared object|cannot apply additional memory protection/,
    read: ([, path]) => ({
      problem: `the system does not let files be run from ${path ? folderOf(path) : 'the folder of the native libraries'} (mounted noexec, or forbidden by a policy such as SELinux)`,
      remedy: 'Set HEARTH_NATIVE_DIR to a folder from which programs may be run.',
    }),
  },
  {
    pattern: /(\/[^:\n]*|\S+): (invalid ELF header|file too short|wrong ELF class[^\n]*|cannot read file data[^\n]*)/,
    read: ([, path = '', fault = '']) => ({
      problem: `${path} is damaged, or for another kind of machine (${fault})`,
      remedy:
        'Try once more: what Hearth has unpacked is read again then, and put right. Where HEARTH_NATIVE_DIR names a folder of your own, put files for this machine there.',
    }),
  },
  {
    pattern: /built for macOS ([\d.]+) which is newer than running OS/,
    read: ([, version = '']) => ({
      problem: `this macOS is too old: macOS ${version} or newer is needed`,
      remedy: `Update macOS to ${version}, or set HEARTH_NATIVE_DIR to a folder with libraries that were compiled on this system.`,
    }),
  },
  {
    pattern: /code signature|library load disallowed by system policy|not valid for use in process/i,
    read: () => ({
      problem: 'macOS does not trust the native libraries',
      remedy: 'Take the mark of a download away from the program: xattr -d com.apple.quarantine PATH-TO-HEARTH.',
    }),
  },
  {
    pattern: /specified module could not be found|Windows error 126\b/i,
    read: () => ({
      problem: 'a library that the native libraries need is missing',
      remedy:
        'Install the Microsoft Visual C++ Redistributable for Visual Studio 2015 to 2022. Libraries for Vulkan need ' +
        'vulkan-1.dll, too: it comes with the driver of the GPU, and the executable hearth-windows-x64 does without.',
    }),
  },
]

const folderOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')))
