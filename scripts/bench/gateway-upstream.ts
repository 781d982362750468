import { createLog } from '../../src/observe/log.ts'
import { serve } from '../../src/platform/serve.ts'

// A server that streams chat completions whose pieces say when they were sent, as ` <milliseconds since 1970>;`: so many pieces
// of each stream, so many a second; those of all streams at the same moments, or of the model `apart` each at its own. Prints its address, and ends when its standard input does.
const [pieces = '400', perSecond = '200'] = process.argv.slice(2)
const encoder = new TextEncoder()

const eventOf = (content: string) =>
  encoder.encode(`data: {"choices":[{"index":0,"delta":{"content":"${content}"},"finish_reason":null}]}\n\n`)

function stream(isApart: boolean): ReadableStream<Uint8Array> {
  let left = Number(pieces)
  let timer: ReturnType<typeof setInterval> | undefined
  return new ReadableStream({
    async start(controller) {
      if (isApart) await new Promise((resolve) => setTimeout(resolve, 100 * Math.random()))
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
  const isApart = (await request.text()).includes('apart')
  return new Response(stream(isApart), { headers: { 'content-type': 'text/event-stream' } })
}

const log = createLog({ level: 'warn', format: 'json' })
console.log(serve({ host: '127.0.0.1', port: 0, fetch, log }).url)
process.stdin.on('end', () => process.exit(0)).resume()
