import type { Ability } from '../../core/provider.ts'
import { membersOf, withMembers } from '../../protocol/json-members.ts'
import type { ApiKey } from '../../store/api-keys.ts'
import type { Services } from '../services.ts'
import type { Forwarding } from './forward.ts'
import { refuseOtherModels } from './other-models.ts'
import { refuseContinuingOthers } from './responses-elsewhere.ts'
import { type UpstreamName, upstreamNameOf } from './upstream-name.ts'

/** A body of JSON that is about a model of a provider. */
export interface JsonCall {
  readonly target: UpstreamName
  readonly ability: Ability
  /** Behind the base address, with what is asked besides. */
  readonly path: string
  /** The body, read and as it came. */
  readonly value: Readonly<Record<string, unknown>>
  readonly text: string
  readonly key: ApiKey | undefined
  /** As they are for this key. */
  readonly services: Pick<Services, 'responses'>
}

/**
 * The request as the provider gets it: as it came but for the name of the model. Where the provider can tell the usage of a
 * stream it is asked to. Throws what `upstreamNameOf`, `refuseOtherModels` and `refuseContinuingOthers` throw.
 */
export function jsonForwarding({ target, ability, path, value, text, key, services }: JsonCall): Forwarding {
  const upstreamName = upstreamNameOf(target, key)
  const isStreamed = value.stream === true
  const asksForUsage =
    isStreamed && target.provider.tellsStreamUsage && (ability === 'chat' || ability === 'completions')
  const hasAsked = (value.stream_options as { include_usage?: unknown } | null | undefined)?.include_usage === true
  const members = membersOf(text)
  refuseOtherModels(members, key)
  if (ability === 'responses') refuseContinuingOthers(target.provider.name, { text, members }, services)
  const textOf = (name: string) => {
    const found = members.findLast((member) => member.name === name)
    return found && text.slice(found.start, found.end)
  }
  const changed = withMembers(text, {
    model: JSON.stringify(upstreamName),
    ...(asksForUsage && !hasAsked && { stream_options: withUsage(textOf('stream_options')) }),
  })
  const prefix = (textOf('messages') ?? textOf('input') ?? textOf('prompt'))?.slice(0, prefixLength)
  return {
    provider: target.provider,
    ability,
    method: 'POST',
    path,
    model: { id: target.id, upstreamName },
    body: new TextEncoder().encode(changed),
    // It was read as JSON whatever the client has called it: curl -d calls it a form.
    contentType: 'application/json',
    isStreamed,
    framing: ability === 'responses' ? 'named' : 'done',
    hidesUsage: asksForUsage && !hasAsked,
    asked: value,
    ...(prefix !== undefined && { prefix }),
  }
}

/** Of a prompt, that says which address knows it already. */
const prefixLength = 2048

const withUsage = (options: string | undefined): string =>
  options?.startsWith('{') ? withMembers(options, { include_usage: 'true' }) : '{"include_usage":true}'
