import type { ConfigProblem } from '../../config/problem.ts'
import { type Scope, scopes } from '../../core/access.ts'
import type { ApiKeyWish } from '../../store/api-keys.ts'

/** What `keys create` was told of the new key, as texts. */
export interface KeyWishTexts {
  readonly name?: string | undefined
  readonly scope?: string | undefined
  readonly expires?: string | undefined
  readonly models?: string | undefined
}

const unitSeconds = { m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 } as const
/** Dates after it are most likely mistaken, and further on no date can be written. */
const longestSeconds = 100 * unitSeconds.y

/** Reads what a new key is to be, and everything that is wrong with it. `now` in milliseconds since 1970. */
export function readKeyWish(
  texts: KeyWishTexts,
  now: number,
): {
  readonly wish: ApiKeyWish
  readonly problems: readonly ConfigProblem[]
} {
  const problems: ConfigProblem[] = []
  const held = texts.scope === undefined ? (['inference'] as const) : readScopes(texts.scope, problems)
  const expiresSeconds = texts.expires === undefined ? undefined : readExpiry(texts.expires, now, problems)
  const models = texts.models === undefined ? undefined : wordsOf(texts.models)
  const name = texts.name?.trim()
  if (name !== undefined && !/^[^\p{C}]{1,64}$/u.test(name))
    problems.push({ path: '--name', message: 'expected 1 to 64 characters that can be seen' })
  const pattern = models?.find((model) => model.includes('*') && !/^[a-z][a-z0-9-]*\/\*$/.test(model))
  if (pattern !== undefined)
    problems.push({
      path: '--models',
      message: `'${pattern}' stands for no model: only provider/* stands for several, with its name in small letters; leave --models out for all`,
    })
  if (models?.length === 0) problems.push({ path: '--models', message: 'expected at least one model' })
  if (models && !held.includes('inference'))
    problems.push({ path: '--models', message: 'it says what a key with the scope inference may use' })
  if (models && held.includes('admin'))
    problems.push({ path: '--models', message: 'a key with the scope admin may use every model' })
  return {
    wish: {
      scopes: held,
      ...(name !== undefined && { name }),
      ...(models && { models }),
      ...(expiresSeconds !== undefined && { expiresSeconds }),
    },
    problems,
  }
}

const wordsOf = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== ''),
  ),
]

function readScopes(text: string, problems: ConfigProblem[]): readonly Scope[] {
  const words = wordsOf(text)
  const unknown = words.filter((word) => !scopes.some((scope) => scope === word))
  if (unknown.length > 0 || words.length === 0)
    problems.push({ path: '--scope', message: `expected ${scopes.join(', ')}, found '${unknown.join(', ') || text}'` })
  return scopes.filter((scope) => words.includes(scope))
}

function readExpiry(text: string, now: number, problems: ConfigProblem[]): number | undefined {
  if (text === 'never') return undefined
  const [, count, unit] = /^(\d{1,9})([mhdwy])$/.exec(text.trim()) ?? []
  const seconds = count
    ? Math.floor(now / 1000) + Number(count) * unitSeconds[unit as keyof typeof unitSeconds]
    : readDate(text.trim())
  if (seconds === undefined)
    problems.push({ path: '--expires', message: `expected 12h, 30d, 8w or a date as 2027-01-31, found '${text}'` })
  else if (seconds * 1000 <= now) problems.push({ path: '--expires', message: `'${text}' is over already` })
  else if (seconds - now / 1000 > longestSeconds)
    problems.push({ path: '--expires', message: `'${text}' is more than 100 years away; leave it out for never` })
  else return seconds
  return undefined
}

/** ISO 8601; a date alone is its first second in UTC, as JavaScript reads it. */
function readDate(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}(T.*)?$/.test(text)) return undefined
  const date = new Date(text)
  if (Number.isNaN(date.getTime()) || !isDay(text)) return undefined
  return Math.floor(date.getTime() / 1000)
}

/** 2027-02-31 would be taken for the third of March. */
function isDay(text: string): boolean {
  const day = text.slice(0, 10)
  const date = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}
