import { composeRuntime } from '../compose-runtime.ts'
import type { Environment } from '../config/environment.ts'
import type { ModelEntry } from '../core/model.ts'
import { partsOf } from '../models/model-file.ts'
import { size } from '../models/pull/human-units.ts'
import { availableMemoryBytes } from '../platform/machine.ts'
import { textTable } from './text-table.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Everything that is known of a model that is not loaded, as JSON has it. */
export async function describeEntry(entry: ModelEntry, environment: Environment) {
  const { id, aliases, kind, header, fileBytes, path, store, notes, defaults, load } = entry
  const { layout: _, ...head } = header
  const runtime = composeRuntime({ environment, log: silent })
  const room = { mainBytes: availableMemoryBytes(), deviceBytes: 0 }
  return {
    id,
    aliases,
    kind,
    files: path === '' ? [] : partsOf(path),
    size_bytes: fileBytes,
    ...(store !== undefined && { store }),
    ...(notes !== undefined && { notes }),
    head,
    load,
    defaults,
    pinned: entry.isPinned ?? false,
    ...(entry.keepAliveSeconds !== undefined && { keep_alive_seconds: entry.keepAliveSeconds }),
    memory: runtime.estimate(entry, room),
    memory_available_bytes: room.mainBytes,
  }
}

type Described = Awaited<ReturnType<typeof describeEntry>>

type Rows = readonly (readonly [name: string, value: unknown])[]

/** The same for people; what is long is left out. */
export function entryTable(described: Described): string {
  const sections: readonly (readonly [title: string, rows: Rows])[] = [
    ['Model', headRows(described)],
    ['Files', fileRows(described)],
    ['How it is loaded', [...plainRows(described.load), ['stays unused', staysFor(described)]]],
    ['How it answers, where a request says nothing else', plainRows(described.defaults)],
    ['Memory, estimated', memoryRows(described)],
  ]
  return sections
    .map(([title, rows]) => {
      const shown = rows.filter(([, value]) => value !== undefined).map(([name, value]) => [`  ${name}`, String(value)])
      return `${title}\n${textTable(shown)}`
    })
    .join('\n')
}

const headRows = ({ id, aliases, kind, head }: Described): Rows => [
  ['id', id],
  ['other names', aliases.join(', ') || undefined],
  ['kind', kind],
  ['architecture', head.architecture],
  ['name', head.name],
  ['parameters', head.parameterCount === undefined ? undefined : counted(head.parameterCount)],
  ['quantisation', head.quantisation],
  ['context', head.trainedContextSize],
  ['embedding', head.embeddingSize],
  ['licence', head.licence],
  ['chat template', head.chatTemplate === undefined ? 'none' : `${head.chatTemplate.length} characters (--template)`],
]

const fileRows = ({ size_bytes: bytes, store, notes = [], files }: Described): Rows => [
  ['size', size(bytes)],
  ['store', store],
  ...files.map((file) => ['file', file] as const),
  ...notes.map((note) => ['note', note] as const),
]

const memoryRows = ({ memory, memory_available_bytes: available }: Described): Rows => [
  ['weights', size(memory.weightsBytes)],
  ['cache', `${size(memory.cacheBytes)} (${memory.slots} × ${memory.contextSize} tokens)`],
  ['buffers', size(memory.computeBytes)],
  ['draft model', memory.draftBytes > 0 ? size(memory.draftBytes) : undefined],
  ['adapters', memory.adapterBytes > 0 ? size(memory.adapterBytes) : undefined],
  ['process', size(memory.processBytes)],
  ['in all', size(memory.mainBytes + memory.deviceBytes)],
  ['available', size(available)],
  ...memory.notes.map((note) => ['note', note] as const),
]

const plainRows = (values: object): Rows =>
  Object.entries(values).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
    typeof value === 'object' ? JSON.stringify(value) : value,
  ])

function staysFor({ pinned, keep_alive_seconds: seconds }: Described): string {
  if (pinned) return 'always (pinned)'
  return seconds === undefined || seconds === Number.POSITIVE_INFINITY ? 'until its memory is needed' : `${seconds} s`
}

/** 134.5 M, 7.62 B: as people count parameters. */
const counted = (count: number) =>
  count >= 1e9 ? `${(count / 1e9).toPrecision(3)} B` : count >= 1e6 ? `${(count / 1e6).toPrecision(3)} M` : `${count}`
