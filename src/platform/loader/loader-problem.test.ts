import { expect, test } from 'bun:test'
import { readLoaderProblem } from './loader-problem.ts'

// As the loaders of real systems say it: Debian 11, a Debian 12 without libstdc++, tmpfs mounted noexec, musl 1.2.3 …
test.each([
  [
    "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.32' not found (required by /w/llama-addon.node)",
    /C library is too old: glibc 2\.34 or newer is needed/,
    /Debian 12, Ubuntu 22\.04, RHEL 9 .* container image, .*HEARTH_NATIVE_DIR/,
  ],
  [
    "/lib64/libm.so.6: version `GLIBC_2.29' not found (required by /w/libggml-base.so)",
    /glibc 2\.34 or newer/,
    /container image/,
  ],
  [
    'Error relocating /w/llama-addon.node: __libc_single_threaded: symbol not found',
    /has musl, and glibc 2\.34 or newer is needed/,
    /container image/,
  ],
  [
    'Error loading shared library libstdc++.so.6: No such file or directory (needed by /w/llama-addon.node)',
    /has musl/,
    /container image/,
  ],
  [
    "/lib64/libstdc++.so.6: version `GLIBCXX_3.4.30' not found (required by /w/libllama-common.so)",
    /C\+\+ runtime is too old: it lacks GLIBCXX_3\.4\.30/,
    /Update libstdc\+\+/,
  ],
  [
    "/lib64/libstdc++.so.6: version `CXXABI_1.3.13' not found (required by /w/libllama-common.so)",
    /it lacks CXXABI_1\.3\.13/,
    /Update libstdc\+\+/,
  ],
  [
    'libstdc++.so.6: cannot open shared object file: No such file or directory',
    /no libstdc\+\+\.so\.6/,
    /libstdc\+\+6/,
  ],
  ['libgcc_s.so.1: cannot open shared object file: No such file or directory', /no libgcc_s\.so\.1/, /libgcc-s1/],
  [
    'libvulkan.so.1: cannot open shared object file: No such file or directory',
    /no libvulkan\.so\.1, and libraries for Vulkan need it/,
    /libvulkan1; .*vulkan-loader; .*vulkan-icd-loader.* hearth-linux-x64,/,
  ],
  [
    '/home/ada/native/llama-addon.node: failed to map segment from shared object',
    /not let files be run from \/home\/ada\/native \(mounted noexec/,
    /^Set HEARTH_NATIVE_DIR to a folder from which programs may be run\.$/,
  ],
  ['libggml-base.so: failed to map segment from shared object: Cannot allocate memory', /no memory left/, /ulimit -v/],
  ['/w/libllama-common.so: file too short', /\/w\/libllama-common\.so is damaged/, /put right/],
  ['/w/libllama-common.so: invalid ELF header', /\/w\/libllama-common\.so is damaged/, /put right/],
  ['libllama-common.so: wrong ELF class: ELFCLASS32', /another kind of machine/, /files for this machine/],
  ['/w/libllama.so: cannot read file data: Is a directory', /is damaged/, /put right/],
  [
    'dlopen(/w/llama-addon.node, 0x0002): Library not loaded: built for macOS 14.0 which is newer than running OS',
    /macOS 14\.0 or newer is needed/,
    /Update macOS to 14\.0/,
  ],
  [
    'The specified module could not be found.\n\\\\?\\C:\\w\\llama-addon.node',
    /a library that the native libraries need is missing/,
    /Visual C\+\+ Redistributable.* vulkan-1\.dll.* hearth-windows-x64/,
  ],
])('%s', (words, problem, remedy) => {
  const found = readLoaderProblem(words)
  expect(found?.problem).toMatch(problem)
  expect(found?.remedy).toMatch(remedy)
  expect(found?.problem).not.toInclude('\n')
})

test('what speaks for itself is left as it is', () => {
  expect(readLoaderProblem('libother.so.1: cannot open shared object file: No such file or directory')).toBeUndefined()
  expect(readLoaderProblem('/w/llama-addon.node: undefined symbol: llama_decode')).toBeUndefined()
})
