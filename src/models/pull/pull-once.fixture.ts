// Pulls one file in a process of its own and prints whether it was the one that fetched it; in pieces of that length if one is given.
import process from 'node:process'
import { pull } from './pull.ts'

const [modelsDir = '', endpoint = '', sha256 = '', pieceBytes = ''] = process.argv.slice(2)
const source = { type: 'hugging-face', repository: 'owner/name', file: 'Model.gguf' } as const
const { wasFetched } = await pull({
  entry: { id: 'model', kind: 'chat', file: 'Model.gguf', sha256, sizeBytes: 100_000, sources: [source] },
  modelsDir,
  ...(pieceBytes && { ranges: { connections: 4, pieceBytes: Number(pieceBytes) } }),
  environment: { HF_ENDPOINT: endpoint },
  signal: new AbortController().signal,
  log: { info: () => {}, warn: () => {} },
})
process.stdout.write(String(wasFetched))
