import { createLog } from '../../src/observe/log.ts'
import { serve } from '../../src/platform/serve.ts'

// A server that streams chat completions whose pieces say when they were sent, as ` <milliseconds since 1970>;`: so many pieces
// of each stream, so many a second. Prints its address, and ends when its standard input does.
const [pieces = '400', perSecond = '200'] = process.argv.slice(2)
const encoder = new TextEncoder()

const eventOf = (content: string) =>
  encoder.encode(`data: {"choices":[{"index":0,"delta":{"content":"${content}"},"finish_reason":null}]}\n\n`)

function stream(): ReadableStream<Uint8Array> {
  let left = Number(pieces)
  let timer: ReturnType<typeof setInterval> | undefined
  return new ReadableStream({
    start(controller) {
      timer = setInterval(() => {
        if (left-- > 0) {
          controller.enqueue(eventOf(` ${(performance.timeOrigin + performance.now()).toFixed(3)};`))
          return
        }
        clearInterval(timer)
        controller.enqueue(encoder.encode('data: [DONE]\n\n'))
        controller.close()
      }, 1000 / Number(perSecond))
    },
    cancel: () => clearInterval(timer),
  })
}

async function fetch(request: Request): Promise<Response> {
  if (request.method !== 'POST') return Response.json({ object: 'list', data: [{ id: 'fake', object: 'model' }] })
  await request.arrayBuffer()
  return new Response(stream(), { headers: { 'content-type': 'text/event-stream' } })
}

const log = createLog({ level: 'warn', format: 'json' })
console.log(serve({ host: '127.0.0.1', port: 0, fetch, log }).url)
process.stdin.on('end', () => process.exit(0)).resume()
