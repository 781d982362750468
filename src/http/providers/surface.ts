import type { Ability } from '../../core/provider.ts'
import type { RouteScope } from '../hooks/authorise.ts'

/** How a request says which model it is about: in its JSON, in a field of its form, or not at all. */
export type ModelPlace = 'json' | 'form' | 'none'

/** A part of OpenAI's API that is handed on as it is. */
export interface SurfaceRow {
  readonly ability: Ability
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** `{id}` stands for one part. */
  readonly path: string
  /** What it asks of an API key. What lies in the provider's account is everybody's who has the provider's key: ours. */
  readonly scope: Extract<RouteScope, 'inference' | 'admin'>
  readonly model: ModelPlace
}

/** The rows of an ability: paths, each with its methods in front. */
type Paths = readonly string[]

const rows = (ability: Ability, model: ModelPlace, paths: Paths): readonly SurfaceRow[] =>
  paths.flatMap((line) => {
    const [methods = '', path = ''] = line.split(' ')
    const scope = accounts.has(ability) ? 'admin' : 'inference'
    return methods.split('|').map((method) => ({ ability, method: method as SurfaceRow['method'], path, scope, model }))
  })

const accounts: ReadonlySet<Ability> = new Set(['files', 'batches', 'fine-tuning', 'assistants', 'vector-stores'])

/** Everything that is handed on besides models, chat completions, completions, embeddings and new responses. */
export const surface: readonly SurfaceRow[] = [
  ...rows('responses', 'none', [
    'GET|DELETE responses/{id}',
    'POST responses/{id}/cancel',
    'GET responses/{id}/input_items',
  ]),
  ...rows('rerank', 'json', ['POST rerank']),
  ...rows('moderations', 'json', ['POST moderations']),
  ...rows('images', 'json', ['POST images/generations']),
  ...rows('images', 'form', ['POST images/edits', 'POST images/variations']),
  ...rows('speech', 'json', ['POST audio/speech']),
  ...rows('transcription', 'form', ['POST audio/transcriptions', 'POST audio/translations']),
  ...rows('files', 'none', [
    'GET|POST files',
    'GET|DELETE files/{id}',
    'GET files/{id}/content',
    'POST uploads',
    'POST uploads/{id}/parts',
    'POST uploads/{id}/complete',
    'POST uploads/{id}/cancel',
  ]),
  ...rows('batches', 'none', ['GET|POST batches', 'GET batches/{id}', 'POST batches/{id}/cancel']),
  ...rows('fine-tuning', 'none', [
    'GET|POST fine_tuning/jobs',
    'GET fine_tuning/jobs/{id}',
    'POST fine_tuning/jobs/{id}/cancel',
    'POST fine_tuning/jobs/{id}/pause',
    'POST fine_tuning/jobs/{id}/resume',
    'GET fine_tuning/jobs/{id}/events',
    'GET fine_tuning/jobs/{id}/checkpoints',
    'DELETE models/{id}',
  ]),
  ...rows('assistants', 'none', [
    'GET|POST assistants',
    'GET|POST|DELETE assistants/{id}',
    'POST threads',
    'POST threads/runs',
    'GET|POST|DELETE threads/{id}',
    'GET|POST threads/{id}/messages',
    'GET|POST|DELETE threads/{id}/messages/{id}',
    'GET|POST threads/{id}/runs',
    'GET|POST threads/{id}/runs/{id}',
    'POST threads/{id}/runs/{id}/cancel',
    'POST threads/{id}/runs/{id}/submit_tool_outputs',
    'GET threads/{id}/runs/{id}/steps',
    'GET threads/{id}/runs/{id}/steps/{id}',
  ]),
  ...rows('vector-stores', 'none', [
    'GET|POST vector_stores',
    'GET|POST|DELETE vector_stores/{id}',
    'POST vector_stores/{id}/search',
    'GET|POST vector_stores/{id}/files',
    'GET|POST|DELETE vector_stores/{id}/files/{id}',
    'GET vector_stores/{id}/files/{id}/content',
    'POST vector_stores/{id}/file_batches',
    'GET vector_stores/{id}/file_batches/{id}',
    'POST vector_stores/{id}/file_batches/{id}/cancel',
    'GET vector_stores/{id}/file_batches/{id}/files',
  ]),
]

/** A path of a provider that may be asked for. */
export interface FoundPath {
  readonly row: SurfaceRow
  /** Behind the base address, made anew from parts that are plain names: nothing in it leads anywhere else. */
  readonly path: string
}

/** An id, as providers make them. No dots alone, no slash, no escape, nothing that begins a query. */
const isPlain = (part: string) => /^[\w~@:+=.,-]{1,256}$/.test(part) && !/^\.+$/.test(part)

/** The row of a path, decoded, or undefined where there is none. */
export function findPath(method: string, path: string): FoundPath | undefined {
  const parts = path.split('/')
  if (!parts.every(isPlain)) return undefined
  const row = surface.find((each) => each.method === method && matches(each.path.split('/'), parts))
  return row && { row, path: parts.map((part) => encodeURIComponent(part)).join('/') }
}

const matches = (wanted: readonly string[], parts: readonly string[]): boolean =>
  wanted.length === parts.length && wanted.every((part, index) => part === '{id}' || part === parts[index])
