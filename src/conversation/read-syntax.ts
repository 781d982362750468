import type { CallSyntax, ConversationSyntax, ReasoningSyntax } from './conversation-syntax.ts'
import { generic } from './syntaxes/generic.ts'
import { hermes } from './syntaxes/hermes.ts'
import { type RenderTemplate, readTraits } from './template-traits.ts'

/** How a family is told from the source of its template; the first that fits holds. */
const families: readonly { readonly name: string; readonly marks: readonly string[]; readonly calls: CallSyntax }[] = [
  { name: 'hermes', marks: ['<tool_call>'], calls: hermes },
]

/** Marks of thinking, in the order in which they are looked for. */
const thinking: readonly ReasoningSyntax[] = [{ open: '<think>', close: '</think>', gap: '\n\n' }]

interface SyntaxSource {
  /** The model's chat template, in Jinja. */
  readonly template: string
  /** Calls it. The begin and end tokens are the caller's to add. */
  readonly render: RenderTemplate
}

/**
 * Decides from its chat template how a model writes calls and thinking, and what the template expects. Templates that
 * write no tools, or write them in a way not known here, get the generic syntax, which works with every model.
 */
export function readSyntax({ template, render }: SyntaxSource): ConversationSyntax {
  const traits = readTraits(template, render)
  const family =
    traits.tools === 'none' ? undefined : families.find(({ marks }) => marks.every((mark) => template.includes(mark)))
  const reasoning = thinking.find(({ open, close }) => template.includes(open.trim()) && template.includes(close))
  return {
    name: family?.name ?? 'generic',
    calls: family?.calls ?? generic,
    ...(reasoning && { reasoning }),
    template: family ? traits : { ...traits, tools: 'none', calls: 'none' },
  }
}
