import { SeededRandom } from '../seeded-random.ts'
import { bodyCases } from './body-cases.ts'
import { type EdgeCase, hiddenPath, postBytes, requestBytes } from './edge-case.ts'
import { chunkCases, framingCases, pipelineCases } from './framing-cases.ts'
import { headCases, targetCases } from './head-cases.ts'
import { damagedRequest, inPieces } from './mutate-bytes.ts'
import { type ByteOutcome, sendBytes } from './send-bytes.ts'

/** All that is sent byte by byte on purpose. */
export const edgeCases: readonly EdgeCase[] = [
  ...framingCases,
  ...chunkCases,
  ...pipelineCases,
  ...targetCases,
  ...headCases,
  ...bodyCases,
]

/** Answers of a server that says itself what it cannot do. */
const honestStatuses = [501, 503, 505]
const lanes = 24
const health = requestBytes({ line: 'GET /health HTTP/1.1', headers: 'Connection: close\r\n' })

/** Sends every case over a connection of its own, and answers what was wrong. A good request follows each of them. */
export async function runCases(port: number, cases: readonly EdgeCase[]): Promise<readonly string[]> {
  return inLanes(cases, async (one) => {
    const outcome = await sendBytes({
      port,
      pieces: [one.bytes],
      ...(one.after && { after: one.after }),
      ...(one.methods && { methods: one.methods }),
      ...(one.answers && { wanted: one.answers.length }),
    })
    const problems = [...problemsOf(outcome, one), ...(await healthProblems(port))]
    return problems.map((problem) => `${one.name}: ${problem}; sent ${shown(one.bytes)}`)
  })
}

/** Sends damaged requests, one for each seed from the first on. The problems name the seeds. */
export async function runDamaged(port: number, seeds: { first: number; count: number }): Promise<readonly string[]> {
  const all = Array.from({ length: seeds.count }, (_, index) => seeds.first + index)
  return inLanes(all, async (seed) => {
    const random = new SeededRandom(seed)
    const bytes = damagedRequest(random)
    const after = random.pick(['wait', 'wait', 'wait', 'wait', 'half-close', 'reset'] as const)
    const outcome = await sendBytes({ port, pieces: inPieces(bytes, random), after })
    // So many requests can be seen in the bytes, whoever reads them.
    const atMost = (bytes.toString('latin1').match(/HTTP\//gi)?.length ?? 0) + 1
    const problems = [...problemsOf(outcome, { atMost }), ...(await healthProblems(port))]
    return problems.map((problem) => `seed ${seed}: ${problem}; sent ${shown(bytes)}`)
  })
}

/** Sends right requests in two pieces, parted at every byte, and byte by byte: the answer must be that to the whole. */
export async function runSplits(port: number): Promise<readonly string[]> {
  const body = '{"model":"absent","messages":[{"role":"user","content":"héllo"}]}'
  const bytes = Buffer.from(body)
  const chunks = `4\r\n${body.slice(0, 4)}\r\n${(bytes.length - 4).toString(16)}\r\n`
  const requests: readonly (readonly [bytes: Buffer, wanted: number])[] = [
    [postBytes('/v1/chat/completions', bytes), 1],
    [
      Buffer.concat([
        requestBytes({ line: 'POST /v1/chat/completions HTTP/1.1', headers: 'Transfer-Encoding: chunked\r\n' }),
        Buffer.from(chunks),
        bytes.subarray(4),
        Buffer.from('\r\n0\r\n\r\n'),
      ]),
      1,
    ],
  ]
  const found = await Promise.all(
    requests.map(async ([request, wanted]) => {
      const send = (pieces: readonly Buffer[]) => sendBytes({ port, pieces, wanted, isDoneThen: true })
      const outcome = await send([request])
      if (outcome.answers.length !== wanted) return [`${outcome.answers.length} answers to ${shown(request)}`]
      const right = told(outcome)
      const splits = Array.from({ length: request.length - 1 }, (_, index) => [
        request.subarray(0, index + 1),
        request.subarray(index + 1),
      ])
      const single = Array.from(request, (_, index) => request.subarray(index, index + 1))
      return inLanes([...splits, single], async (pieces) => {
        const outcome = told(await send(pieces))
        const place = pieces.length === 2 ? `parted after ${pieces[0]?.length} bytes` : 'byte by byte'
        return outcome === right ? [] : [`${place}: ${outcome} instead of ${right}; sent ${shown(request)}`]
      })
    }),
  )
  return found.flat()
}

/** Connections that come and go with little or nothing on them, and answers that nobody waits for. */
export async function runDepartures(port: number, count: number): Promise<readonly string[]> {
  const whole = postBytes('/v1/chat/completions', '{"model":"absent","messages":[]}')
  const many = Buffer.concat(Array<Buffer>(100).fill(requestBytes({ line: 'GET /v1/models HTTP/1.1' })))
  const ways = [
    { pieces: [], after: 'reset' },
    { pieces: [], after: 'half-close' },
    { pieces: [whole.subarray(0, 20)], after: 'reset' },
    { pieces: [whole.subarray(0, whole.length - 5)], after: 'reset' },
    { pieces: [whole.subarray(0, whole.length - 5)], after: 'half-close' },
    { pieces: [many], after: 'reset' },
  ] as const
  const problems = await inLanes(
    Array.from({ length: count }, (_, index) => index),
    async (index) => {
      const way = ways[index % ways.length] ?? ways[0]
      return problemsOf(await sendBytes({ port, ...way }), { atMost: 100 })
    },
  )
  return [...problems, ...(await healthProblems(port))]
}

/** Statuses and bodies, without what differs between two answers to the same. */
const told = ({ answers, rest }: ByteOutcome) =>
  JSON.stringify([answers.map(({ status, body }) => [status, body.replace(/"uptime[^,]*|req[-_][\w-]+/g, '')]), rest])

function problemsOf(
  outcome: ByteOutcome,
  wanted: Pick<EdgeCase, 'answers' | 'atMost' | 'mustClose' | 'mayEndEarly'>,
): readonly string[] {
  const { answers, rest, isClosed } = outcome
  const problems: string[] = []
  if (rest !== '') problems.push(`came ${shown(Buffer.from(rest, 'latin1'))}, which is no answer`)
  const failed = answers.filter(({ status }) => status >= 500 && !honestStatuses.includes(status))
  for (const { status, body } of failed) problems.push(`answered with ${status} ${body.slice(0, 300)}`)
  if (answers.some(({ body }) => body.includes(hiddenPath))) problems.push('answered a request within another')
  const atMost = wanted.atMost ?? wanted.answers?.length ?? 1
  if (answers.length > atMost) problems.push(`${answers.length} answers instead of ${atMost}`)
  const statuses = answers.map(({ status }) => status)
  const ends = wanted.mayEndEarly === true && isClosed
  const isRight = wanted.answers?.every((right, index) => isAnswered(right, statuses[index], ends))
  if (isRight === false) problems.push(`${JSON.stringify(statuses)} instead of ${JSON.stringify(wanted.answers)}`)
  if (wanted.mustClose && !isClosed) problems.push('the connection stays open')
  return problems
}

const isAnswered = (right: number | readonly number[], found: number | undefined, mayBeAbsent: boolean): boolean =>
  found === undefined ? mayBeAbsent : [right].flat().includes(found)

async function healthProblems(port: number): Promise<readonly string[]> {
  const { answers } = await sendBytes({ port, pieces: [health], wanted: 1, isDoneThen: true })
  return answers[0]?.status === 200 ? [] : [`/health after it: ${JSON.stringify(answers)}`]
}

async function inLanes<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<readonly string[]>,
): Promise<string[]> {
  const problems: string[] = []
  let next = 0
  const lane = async () => {
    while (next < items.length) problems.push(...(await work(items[next++] as Item)))
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return problems
}

/** So that it can be read and sent again. */
const shown = (bytes: Buffer): string => {
  const text = JSON.stringify(bytes.toString('latin1'))
  return text.length <= 1500 ? text : `${text.slice(0, 1000)} … (${bytes.length} bytes)`
}
