import { descendants } from '../../test/processes.ts'
import type { Scene } from './scene.ts'
import { writeConfig } from './unrest.ts'
import { openFiles } from './watch.ts'

/** Files that may be open besides those that were: connections that are kept for the next request to another server. */
const allowedFiles = 8

interface Standing {
  readonly data: readonly {
    readonly id: string
    readonly busy: number
    readonly held: number
    readonly waiting: number
  }[]
}

/** What the server has not given back once all clients are gone. */
export async function leftBehind(
  scene: Scene,
  { filesBefore, fill }: { readonly filesBefore: number; readonly fill: () => Promise<void> },
): Promise<readonly string[]> {
  const { hearth, upstreams, post } = scene
  const problems: string[] = []
  writeConfig(scene.configPath, upstreams)
  const reloaded = await post('/v1/config/reload', {})
  if (JSON.parse(reloaded.text).state !== 'current') problems.push(`the configuration: ${reloaded.text}`)
  // Twice: the first time a model that was killed last is loaded again.
  for (let round = 0; round < 2; round++) await fill().catch((error) => problems.push(`${error}`))
  const { data } = JSON.parse((await post('/v1/models/loaded')).text) as Standing
  for (const { id, busy, held, waiting } of data)
    if (busy + held + waiting > 0) problems.push(`${id}: ${busy} slots busy, ${held} held, ${waiting} requests waiting`)
  const running = JSON.parse((await post('/v1/requests')).text) as Pick<Standing, 'data'>
  if (running.data.length > 0) problems.push(`requests are said to run: ${JSON.stringify(running.data)}`)
  const children = descendants(hearth.processId).length
  if (children !== 2) problems.push(`${children} processes for two models`)
  const files = openFiles(hearth.processId)
  if (files > filesBefore + allowedFiles) problems.push(`${files} open files, ${filesBefore} before`)
  for (const line of hearth.log().split('\n')) if (isBug(line)) problems.push(`log: ${line.slice(0, 1000)}`)
  return problems
}

/** What nobody foresaw. A warning may hold a TypeError: it is what `fetch` calls every problem of a connection. */
const isBug = (line: string): boolean =>
  /unhandled|This is a bug|ReferenceError/i.test(line) ||
  (/"level":"error"/.test(line) && /TypeError|RangeError/.test(line))
