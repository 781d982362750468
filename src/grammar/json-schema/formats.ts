/** Formats whose texts are known exactly, or a part of them that every checker of the format accepts, as patterns. */
const label = '[A-Za-z0-9](?:-?[A-Za-z0-9]){0,30}'
const year = '(?:[1-9]\\d{3}|0[1-9]\\d{2}|00[1-9]\\d|000[1-9])'
const leapYear = '(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)'
const month =
  '(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8])'
const date = `(?:${year}-(?:${month})|${leapYear}-02-29)`
const zone = '(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)'
const clockTime = '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?'
const time = clockTime + zone
const count = '\\d{1,9}'
const clock = `T(?:${count}H(?:${count}M(?:${count}S)?)?|${count}M(?:${count}S)?|${count}S)`
const calendar = `(?:${count}Y(?:${count}M(?:${count}D)?)?|${count}M(?:${count}D)?|${count}D)`
const byte = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const ipv4 = `(?:${byte}\\.){3}${byte}`
const group = '[0-9A-Fa-f]{1,4}'
const ipv6 = [
  `(?:${group}:){7}${group}`,
  `(?:${group}:){6}${ipv4}`,
  `(?:${group}:){1,7}:`,
  ...[1, 2, 3, 4, 5, 6].map((count) => `(?:${group}:){1,${7 - count}}(?::${group}){${count}}`),
  `:(?::${group}){1,7}`,
  '::',
  `(?:${group}:){1,5}:${ipv4}`,
  ...[1, 2, 3, 4].map((count) => `(?:${group}:){1,${5 - count}}(?::${group}){${count}}:${ipv4}`),
  `::(?:${group}:){0,5}${ipv4}`,
].join('|')
const letter = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
const segment = "(?:[A-Za-z0-9._~!$&'()*+,;=@-]|%[0-9A-Fa-f]{2})"
const user = "(?:(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})+@)?"
const port = '(?::(?:[1-5]\\d{4}|[1-9]\\d{0,3}))?'
/** Names whose last label cannot be taken for a part of an IPv4 address, which some parsers then ask for. */
const host = `(?:(?:[A-Za-z0-9](?:[.-]?[A-Za-z0-9])*\\.)?[A-Za-z](?:-?[A-Za-z0-9])*|${ipv4})`
// No repetition stands in another one, as a length that is asked for is divided among them.
const path = `(?:${letter}|/)*`
const authority = `//${user}${host}${port}(?:/${path})?`
const rooted = `/(?:${letter}${path})?`
const tail = `(?:\\?(?:${letter}|[/?])*)?(?:#(?:${letter}|[/?])*)?`
const uri = `[A-Za-z][A-Za-z0-9+.-]{0,30}:(?:${authority}|${rooted}|${letter}${path})${tail}`
const relative = `(?:${authority}|${rooted}|${segment}+(?:/${path})?)?${tail}`
const hex = '[0-9a-fA-F]'
const pointer = '(?:/(?:[^~/]|~[01])*)*'
const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
const network4 = `${ipv4}(?:/32)?|(?:${byte}\\.){3}0/24|(?:${byte}\\.){2}0\\.0/16|${byte}\\.0\\.0\\.0/8`
const network6 = `(?:${ipv6})(?:/128)?|(?:${group}:){4}:/64|(?:${group}:){3}:/48|(?:${group}:){2}:/32`
const interface4 = `${ipv4}(?:/(?:[12]?\\d|3[0-2]))?`
const interface6 = `(?:${ipv6})(?:/(?:\\d\\d?|1[01]\\d|12[0-8]))?`
const base64 = '(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?'

const email = `${atom}(?:\\.?${atom}){0,31}@[A-Za-z0-9](?:[.-]?[A-Za-z0-9]){0,31}\\.[A-Za-z]{2,24}`
const hostname = `${label}(?:\\.${label}){0,3}`

const patterns: Readonly<Record<string, string>> = {
  date,
  time,
  'date-time': `${date}T${time}`,
  'date-time-local': `${date}T${clockTime}`,
  'time-local': clockTime,
  duration: `P(?:${calendar}(?:${clock})?|${clock}|${count}W)`,
  ...{ email, 'idn-email': email },
  ...{ hostname, 'idn-hostname': hostname },
  ipv4,
  ipv6,
  ...{ ipv4network: network4, ipv6network: network6, ipvanynetwork: `${network4}|${network6}` },
  ...{ ipv4interface: interface4, ipv6interface: interface6, ipvanyinterface: `${interface4}|${interface6}` },
  ipvanyaddress: `${ipv4}|${ipv6}`,
  ...{ uri, url: uri, iri: uri },
  'uri-reference': `(?:${uri}|${relative})`,
  'iri-reference': `(?:${uri}|${relative})`,
  uuid: uuid('[0-9a-fA-F]', hex),
  uuid1: uuid('1', '[89abAB]'),
  uuid3: uuid('3', '[89abAB]'),
  uuid4: uuid('4', '[89abAB]'),
  uuid5: uuid('5', '[89abAB]'),
  ...{ uuid6: uuid('6', '[89abAB]'), uuid7: uuid('7', '[89abAB]'), uuid8: uuid('8', '[89abAB]') },
  'json-pointer': pointer,
  'relative-json-pointer': `(?:0|[1-9]{1,8}0?)(?:#|${pointer})`,
  byte: base64,
  base64,
}

const mostShort = 63
const names = '[A-Za-z0-9](?:[.-]?[A-Za-z0-9])*'
const shortHost = `(?:${names}\\.)?[A-Za-z](?:-?[A-Za-z0-9])*`

/** The same for short texts, no part of which can be too long: so nothing is counted beside the length of the whole. */
const short: Readonly<Record<string, string>> = {
  email: `${atom}(?:\\.?${atom})*@${names}\\.[A-Za-z]{2,24}`,
  hostname: names,
  uri: `[A-Za-z][A-Za-z0-9+.-]*:(?://${shortHost}${port}(?:/${path})?|${rooted}|${letter}${path})${tail}`,
}

/**
 * Formats that say how a text is shown or kept, not what it is, and those of numbers, which are not about strings.
 */
const harmless = new Set(
  ['password', 'binary', 'path', 'file-path', 'directory-path'].concat(
    ['float', 'double', 'uint'],
    ['8', '16', '32', '64'].flatMap((bits) => [`int${bits}`, `uint${bits}`]),
  ),
)

/** Formats that are written beside a pattern that says the same. */
const byPattern = new Set(
  [
    'base64url',
    'cidrv4',
    'cidrv6',
    'cuid',
    'cuid2',
    'e164',
    'emoji',
    'guid',
    'hex',
    'ksuid',
    'mac',
    'nanoid',
    'ulid',
  ].concat(
    ['xid', 'decimal', 'lowercase', 'uppercase', 'starts_with', 'ends_with', 'includes', 'regex'],
    ['md5', 'sha1', 'sha256', 'sha384', 'sha512'].flatMap((hash) =>
      ['hex', 'base64', 'base64url'].map((encoding) => `${hash}_${encoding}`),
    ),
  ),
)

/** Patterns that zod writes beside formats, and that all texts that are written for the format match. */
const implied: Readonly<Record<string, string>> = {
  duration: '^P(?:(\\d+W)|(?!.*W)(?=\\d|T\\d)(\\d+Y)?(\\d+M)?(\\d+D)?(T(?=\\d)(\\d+H)?(\\d+M)?(\\d+([.,]\\d+)?S)?)?)$',
  hostname:
    '^(?=.{1,253}\\.?$)[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[-0-9a-zA-Z]{0,61}[0-9a-zA-Z])?)*\\.?$',
}

/** The ECMA-262 pattern, bound at both ends, of a format for texts of at most so many characters. */
export function formatPattern(name: string, most = Number.POSITIVE_INFINITY): string | undefined {
  if (most <= mostShort && Object.hasOwn(short, name)) return `^(?:${short[name]})$`
  return Object.hasOwn(patterns, name) ? `^(?:${patterns[name]})$` : undefined
}

/** Whether the texts of a format all match a pattern anyway. */
export function impliesPattern(format: unknown, pattern: string): boolean {
  return typeof format === 'string' && Object.hasOwn(implied, format) && implied[format] === pattern
}

export function isHarmlessFormat(name: string): boolean {
  return harmless.has(name)
}

/** Whether a format that has no pattern here comes with one of its own. */
export function comesWithPattern(name: string): boolean {
  return byPattern.has(name)
}

function uuid(version: string, variant: string): string {
  return `${hex}{8}-${hex}{4}-${version}${hex}{3}-${variant}${hex}{3}-${hex}{12}`
}
