import { createFakeRuntime } from '../../src/runtimes/fake/fake-runtime.ts'
import { cutCases } from './cut-cases.ts'
import { fakeChat, fakeEmbedding, fakeReranker } from './fake-entries.ts'
import { runtimeSuite } from './runtime.suite.ts'

runtimeSuite({
  name: 'fake',
  runtime: createFakeRuntime({ tokensPerSecond: 2000 }),
  chat: fakeChat,
  embedding: fakeEmbedding,
  reranker: fakeReranker,
})

cutCases({
  name: 'fake',
  runtime: createFakeRuntime({ tokensPerSecond: 20 }),
  chat: fakeChat,
  embedding: fakeEmbedding,
})
