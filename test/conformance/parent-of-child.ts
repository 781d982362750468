import { createFakeRuntime } from '../../src/runtimes/fake/fake-runtime.ts'
import { IsolatedModel } from '../../src/runtimes/isolated/isolated-model.ts'
import { isolate } from '../../src/runtimes/isolated/isolated-runtime.ts'
import { fakeChat } from './fake-entries.ts'

// Starts a child, prints its process id, and lives on until somebody kills it.
const runtime = isolate({
  inner: createFakeRuntime(),
  command: () => ({
    command: [process.execPath, process.argv[2] ?? ''],
    environment: { PATH: process.env.PATH ?? '' },
  }),
  onLog: () => {},
})
const model = await runtime.load(fakeChat, { signal: new AbortController().signal })
console.log(model instanceof IsolatedModel ? model.processId : 0)
setInterval(() => {}, 1000)
