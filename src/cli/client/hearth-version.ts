/**
 * The version of the Hearth whose `GET /health` answered this; nothing where another program did. Others say that they are
 * well, too, and of which version; together with the time since their start no other is known to say it.
 */
export function hearthVersion(health: unknown): string | undefined {
  const { status, version, uptime_seconds: uptime } = (health ?? {}) as Readonly<Record<string, unknown>>
  const isHearth = status === 'ok' && Number.isSafeInteger(uptime)
  return isHearth && typeof version === 'string' ? version : undefined
}
