import { type TUnsafe, Type as t } from '@sinclair/typebox'

/** An answer that is not JSON: a page, a style sheet, a redirection. */
export class RawReply {
  readonly status: number
  readonly body: string | Uint8Array<ArrayBuffer>
  readonly headers: Readonly<Record<string, string>>

  constructor(reply: {
    body: string | Uint8Array<ArrayBuffer>
    headers: Readonly<Record<string, string>>
    status?: number
  }) {
    this.status = reply.status ?? 200
    this.body = reply.body
    this.headers = reply.headers
  }
}

/** The reply schema of a route that answers with a `RawReply` of this media type. */
export const rawReply = (mediaType: string): TUnsafe<RawReply> =>
  t.Unsafe<RawReply>({ type: 'string', contentMediaType: mediaType })
