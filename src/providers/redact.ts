import { noSecrets, type Secrets, withoutSecrets } from './secret-forms.ts'

/** Letters of an upstream's message that are told at most. */
const longest = 500

/** Forms of keys, as providers repeat them in messages about wrong ones; also with stars in their middle. */
const keyForms = [
  /\bBearer\s+[^\s"',;]+/gi,
  /\b(?:sk|csk|gsk|hf|pk|rk|xai|nvapi|key|api|AIza)[-_][A-Za-z0-9_*.-]{6,}/g,
  /\bAIza[A-Za-z0-9_*-]{6,}/g,
  /\/\/[^/\s@]*@/g,
]

/**
 * What somebody else said, fit for a message of ours: without the secrets and whatever looks like one, in one line without control
 * characters, and cut to a bound. Pure.
 */
export function redact(text: string, secrets: Secrets = noSecrets): string {
  const bounded = text.slice(0, longest * 16)
  const known = withoutSecrets(bounded, secrets)
  const clean = keyForms
    .reduce((rest, form) => rest.replace(form, (found) => (found.startsWith('//') ? '//' : '(key)')), known)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to go
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return clean.length > longest ? `${cut(clean, longest)}…` : clean
}

/** Does not part a letter that takes two units. */
const cut = (text: string, length: number): string => text.slice(0, length).replace(/[\ud800-\udbff]$/, '')
