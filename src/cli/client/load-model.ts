import type { LoadModelEvent, LoadModelReply } from '../../protocol/management/load.wire.ts'
import type { CommandContext } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { createStatusLine } from '../status-line.ts'
import type { HearthClient } from './hearth-client.ts'
import { toRefusal } from './server-refusal.ts'

export interface LoadAtServer {
  readonly client: HearthClient
  /** Of POST /v1/models/load. */
  readonly body: { readonly model: string } & Readonly<Record<string, unknown>>
  readonly context: CommandContext
  readonly signal: AbortSignal
}

/** Has the server load a model, with progress on a terminal. Rejects with what the server says where it cannot. */
export async function loadModel({ client, body, context, signal }: LoadAtServer): Promise<LoadModelReply> {
  const status = createStatusLine(context)
  try {
    const events = client.events({ path: '/v1/models/load', body: { ...body, stream: true }, signal })
    for await (const { data } of events) {
      const refusal = toRefusal(data)
      if (refusal) throw refusal
      const event = data as LoadModelEvent
      if (event.type === 'complete') return event
      // Its process starts before it reads anything: that has no share that could be told.
      const share = event.progress > 0 ? ` ${Math.floor(event.progress * 100)}%` : ''
      status.show(`loading ${event.model}${share}`)
    }
  } finally {
    status.clear()
  }
  throw new CommandError('The server ended the load without a word.', 'Its log says more.')
}
