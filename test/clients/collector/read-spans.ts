/** A span as the collector's debug exporter writes it. */
export interface CollectedSpan {
  readonly traceId: string
  readonly parentId: string
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly status: string
  readonly seconds: number
  /** As the exporter writes values: `Str(chat)`, `Int(5)`. */
  readonly attributes: Readonly<Record<string, string>>
  /** Of the resource. */
  readonly resource: Readonly<Record<string, string>>
}

/** Reads what the exporter has written so far; a span that is not complete yet is left out. */
export function readSpans(said: string): readonly CollectedSpan[] {
  const spans: CollectedSpan[] = []
  for (const part of said.split('ResourceSpans #').slice(1)) {
    const [head = '', ...bodies] = part.split(/^Span #\d+$/m)
    const resource = attributesOf(head.split('ScopeSpans')[0] ?? '')
    for (const body of bodies) {
      const field = (name: string) => new RegExp(`^ {4}${name} *: (.*)$`, 'm').exec(body)?.[1] ?? ''
      if (!body.includes('Status message')) continue
      spans.push({
        resource,
        traceId: field('Trace ID'),
        parentId: field('Parent ID'),
        id: field('ID'),
        name: field('Name'),
        kind: field('Kind'),
        status: field('Status code'),
        seconds: (Date.parse(dateOf(field('End time'))) - Date.parse(dateOf(field('Start time')))) / 1000,
        attributes: attributesOf(body),
      })
    }
  }
  return spans
}

const attributesOf = (text: string) =>
  Object.fromEntries([...text.matchAll(/^ +-> ([\w.]+): (.*)$/gm)].map(([, name = '', value = '']) => [name, value]))

/** `2026-01-02 03:04:05.678901 +0000 UTC` as ISO 8601. */
const dateOf = (text: string) => text.replace(/^(\S+) (\S+) .*$/, '$1T$2Z')
