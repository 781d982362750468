import { createFakeRuntime } from '../../src/runtimes/fake/fake-runtime.ts'
import { runChild } from '../../src/runtimes/isolated/child.ts'

// A child process that runs the fake runtime, for tests of the process boundary. `tokens-per-second` is its argument.
const tokensPerSecond = Number(process.argv[2] ?? 0)
runChild(() => createFakeRuntime(tokensPerSecond > 0 ? { tokensPerSecond } : {}))
