import type { DoctorFacts } from '../../src/cli/doctor/facts.ts'
import { fakeSystemInfo } from './fake-system.ts'

/** A machine that nothing is wrong with. */
export const healthyFacts: DoctorFacts = {
  system: fakeSystemInfo,
  native: { folder: '/home/ada/.local/share/hearth/native', isChosen: false, isUnpacked: true },
  config: { problems: [] },
  models: { path: '/home/ada/models', state: 'there', isWritable: true, freeBytes: 200e9 },
  otherFolders: [],
  data: { path: '/home/ada/.local/share/hearth', state: 'there', isWritable: true, freeBytes: 200e9 },
  defaultModels: [
    {
      id: 'smollm2-135m-instruct',
      kind: 'chat',
      state: 'installed',
      isCatalogued: true,
      architecture: 'llama',
      least: { mainBytes: 300e6, deviceBytes: 0 },
    },
    { id: 'all-minilm-l6-v2', kind: 'embedding', state: 'installed', isCatalogued: true, architecture: 'bert' },
  ],
  unusableFiles: [],
  isAutoPull: true,
  port: { host: '127.0.0.1', port: 8080, state: 'free' },
  otherServers: [],
  openFiles: 20_000,
  now: Date.UTC(2026, 10, 21),
}
