import { fakeEntry } from '../fakes/fake-models.ts'

const load = { contextSize: 1024, gpuLayers: 0, slots: 4, threads: 1 } as const

export const fakeChat = fakeEntry({ id: 'fake-chat', load })
export const fakeEmbedding = fakeEntry({ id: 'fake-embedding', kind: 'embedding', load })
export const fakeReranker = fakeEntry({ id: 'fake-reranker', kind: 'reranker', load })
