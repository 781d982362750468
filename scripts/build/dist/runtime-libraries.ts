import type { Component } from './component.ts'
import { keptText } from './package-licence.ts'

/** A library that Bun's runtime is statically linked with, or whose code it holds (Bun's LICENSE.md lists them). */
interface RuntimeLibrary {
  readonly name: string
  /** SPDX. */
  readonly licence: string
  /** Below packaging/licences/bun, without `.txt`. */
  readonly text: string
  /** What `process.versions` calls its version: a release or a commit of the repository. */
  readonly version?: string
  /** On GitHub. */
  readonly repository?: string
}

const libraries: readonly RuntimeLibrary[] = [
  {
    name: 'JavaScriptCore',
    licence: 'LGPL-2.0-or-later AND LGPL-2.1-or-later AND BSD-2-Clause AND BSD-3-Clause',
    text: 'javascriptcore',
    version: 'webkit',
    repository: 'oven-sh/WebKit',
  },
  { name: 'acorn and other packages for Node.js', licence: 'MIT', text: 'polyfills' },
  { name: 'base64', licence: 'BSD-2-Clause', text: 'base64', repository: 'aklomp/base64' },
  {
    name: 'BoringSSL',
    licence: 'Apache-2.0 AND ISC AND BSD-3-Clause AND MIT',
    text: 'boringssl',
    version: 'boringssl',
    repository: 'oven-sh/boringssl',
  },
  { name: 'Brotli', licence: 'MIT', text: 'brotli', repository: 'google/brotli' },
  { name: 'c-ares', licence: 'MIT', text: 'c-ares', version: 'ares', repository: 'c-ares/c-ares' },
  { name: 'esbuild', licence: 'MIT', text: 'esbuild', repository: 'evanw/esbuild' },
  { name: 'Highway', licence: 'Apache-2.0 OR BSD-3-Clause', text: 'highway', repository: 'google/highway' },
  { name: 'ICU', licence: 'Unicode-3.0', text: 'icu', version: 'icu' },
  {
    name: 'libarchive',
    licence: 'BSD-2-Clause',
    text: 'libarchive',
    version: 'libarchive',
    repository: 'libarchive/libarchive',
  },
  { name: 'libc++abi', licence: 'Apache-2.0 WITH LLVM-exception', text: 'libcxxabi' },
  { name: 'libdeflate', licence: 'MIT', text: 'libdeflate', version: 'libdeflate', repository: 'ebiggers/libdeflate' },
  {
    name: 'libjpeg-turbo',
    licence: 'IJG AND BSD-3-Clause AND Zlib',
    text: 'libjpeg-turbo',
    repository: 'libjpeg-turbo/libjpeg-turbo',
  },
  { name: 'libspng', licence: 'BSD-2-Clause', text: 'libspng', repository: 'randy408/libspng' },
  { name: 'libuv', licence: 'MIT', text: 'libuv', version: 'uv', repository: 'libuv/libuv' },
  { name: 'libwebp', licence: 'BSD-3-Clause', text: 'libwebp', repository: 'webmproject/libwebp' },
  { name: 'llhttp', licence: 'MIT', text: 'llhttp', version: 'llhttp', repository: 'nodejs/llhttp' },
  {
    name: 'lol-html',
    licence: 'BSD-3-Clause',
    text: 'lol-html',
    version: 'lolhtml',
    repository: 'cloudflare/lol-html',
  },
  { name: 'ls-hpack', licence: 'MIT', text: 'ls-hpack', version: 'lshpack', repository: 'litespeedtech/ls-hpack' },
  { name: 'ls-qpack', licence: 'MIT', text: 'ls-qpack', repository: 'litespeedtech/ls-qpack' },
  { name: 'lsquic', licence: 'MIT AND BSD-3-Clause', text: 'lsquic', repository: 'litespeedtech/lsquic' },
  { name: 'mimalloc', licence: 'MIT', text: 'mimalloc', version: 'mimalloc', repository: 'oven-sh/mimalloc' },
  {
    name: 'picohttpparser',
    licence: 'MIT',
    text: 'picohttpparser',
    version: 'picohttpparser',
    repository: 'h2o/picohttpparser',
  },
  { name: 'simdutf', licence: 'Apache-2.0 OR MIT', text: 'simdutf', repository: 'simdutf/simdutf' },
  { name: 'SQLite', licence: 'blessing', text: 'sqlite', version: 'sqlite' },
  { name: 'TigerBeetle', licence: 'Apache-2.0', text: 'tigerbeetle', repository: 'tigerbeetle/tigerbeetle' },
  { name: 'TinyCC', licence: 'LGPL-2.1-or-later', text: 'tinycc', version: 'tinycc', repository: 'oven-sh/tinycc' },
  { name: 'uSockets', licence: 'Apache-2.0', text: 'usockets' },
  { name: 'uWebSockets', licence: 'Apache-2.0', text: 'uwebsockets' },
  { name: 'uucode', licence: 'MIT AND Unicode-3.0', text: 'uucode', repository: 'jacobsandlund/uucode' },
  { name: 'zlib-ng', licence: 'Zlib', text: 'zlib-ng', version: 'zlib', repository: 'zlib-ng/zlib-ng' },
  { name: 'Zstandard', licence: 'BSD-3-Clause', text: 'zstd', version: 'zstd', repository: 'facebook/zstd' },
]

/**
 * The libraries in Bun's runtime. Their versions are those of the Bun that runs the build, and so are left out where
 * that is not the one that goes into the executable.
 */
export function runtimeLibraries(bunVersion: string): readonly Component[] {
  const versions = process.versions.bun === bunVersion ? (process.versions as Record<string, string | undefined>) : {}
  return libraries.map(({ name, licence, text, version: key, repository }) => {
    const version = key && versions[key]
    return {
      name,
      kind: 'library',
      licence,
      texts: [keptText(`bun/${text}.txt`, name)],
      ...(version && { version }),
      ...(version && repository && { purl: `pkg:github/${repository.toLowerCase()}@${version}` }),
    }
  })
}
