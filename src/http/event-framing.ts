/**
 * How the events of a stream are told apart and how it ends. `done`: `data:` lines, the last of them `[DONE]`, as OpenAI's
 * completions have it. `named`: an `event:` line with the event's `type` before each, and nothing after the last one, as
 * its responses have it. `passed`: as a provider sends it, whatever that is.
 */
export type EventFraming = 'done' | 'named' | 'passed'

/** Events as they came from a provider: whole ones, each with the empty line behind it. */
export class PassedEvents {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** An event as it stands in the stream. */
export function frameEvent(event: unknown, framing: EventFraming): string {
  if (event instanceof PassedEvents) return event.text
  const name = framing === 'named' ? `event: ${(event as { type: string }).type}\n` : ''
  return `${name}data: ${JSON.stringify(event)}\n\n`
}

/** What stands after the last event; nothing after an error. */
export const streamEnd = { done: 'data: [DONE]\n\n', named: '', passed: '' } as const satisfies Record<
  EventFraming,
  string
>

/** The events of a stream that has ended well, without its comments. Throws when its end or a name is not as it should be. */
export function readFrames(text: string, framing: EventFraming): readonly unknown[] {
  const end = streamEnd[framing]
  if (!text.endsWith(end)) throw new Error(`The stream does not end with ${JSON.stringify(end)}.`)
  const blocks = text.slice(0, text.length - end.length).split('\n\n')
  return blocks.filter((block) => block !== '' && !block.startsWith(':')).map((block) => readFrame(block, framing))
}

function readFrame(block: string, framing: EventFraming): unknown {
  const event: unknown = JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? 'null')
  if (frameEvent(event, framing) !== `${block}\n\n`) throw new Error(`This is no event of the stream: ${block}`)
  return event
}
