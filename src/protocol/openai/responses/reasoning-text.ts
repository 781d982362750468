import { ServerError } from '../../../core/errors.ts'
import type { SentItem } from './items.wire.ts'

type SentReasoning = Extract<SentItem, { type: 'reasoning' }>

/** What `encrypted_content` begins with here. */
const mark = 'hearth.'

/**
 * What the model thought, for `encrypted_content`. Nothing about it is secret, since the text stands beside it; clients
 * that keep only this field can send it back.
 */
export const encodeReasoning = (text: string): string => mark + Buffer.from(text, 'utf8').toString('base64url')

/** What an item that a client sends says: its content, else what `encodeReasoning` made, else its summary. */
export function readReasoning(sent: SentReasoning, place: string): string {
  const { content, encrypted_content: encoded, summary } = sent
  if (content && content.length > 0) return content.map((part) => part.text).join('')
  if (typeof encoded !== 'string') return (summary ?? []).map((part) => part.text).join('\n\n')
  if (!encoded.startsWith(mark))
    throw new ServerError('invalid_parameter', {
      param: `${place}.encrypted_content`,
      problem: 'it was not made by this server, and nobody else can read it',
    })
  return Buffer.from(encoded.slice(mark.length), 'base64url').toString('utf8')
}
