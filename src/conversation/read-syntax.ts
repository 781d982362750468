import { callHead } from './calls-as-text.ts'
import type { CallSyntax, ConversationSyntax, ReasoningSyntax, TemplateTraits } from './conversation-syntax.ts'
import { deepseekV3, deepseekV31 } from './syntaxes/deepseek.ts'
import { functionary } from './syntaxes/functionary.ts'
import { functionGemma, gemma4 } from './syntaxes/gemma.ts'
import { generic } from './syntaxes/generic.ts'
import { glm, glmCompact } from './syntaxes/glm.ts'
import { harmonyCalls, harmonyFrame, harmonyThinking } from './syntaxes/harmony.ts'
import { hermes } from './syntaxes/hermes.ts'
import { apriel, commandR7b, granite3, minimaxM1, nemotron, phi4Mini } from './syntaxes/json-list.ts'
import { kimi } from './syntaxes/kimi.ts'
import { llama3 } from './syntaxes/llama3.ts'
import { minimaxM2 } from './syntaxes/minimax-m2.ts'
import { mistral, mistralList, mistralWithIds } from './syntaxes/mistral.ts'
import { qwenCoder } from './syntaxes/qwen-coder.ts'
import { seed } from './syntaxes/seed.ts'
import { type ProbedTemplate, probeTemplate, type RenderTemplate } from './template-traits.ts'

/** A family, and what stands in the source of its templates and no other's. */
interface Family {
  readonly name: string
  readonly marks: readonly string[]
  readonly calls: CallSyntax
}

/** The first that fits holds. */
const families: readonly Family[] = [
  { name: 'gemma-4', marks: ['<|tool_call>call:'], calls: gemma4 },
  { name: 'function-gemma', marks: ['<start_function_call>'], calls: functionGemma },
  { name: 'kimi', marks: ['<|tool_calls_section_begin|>'], calls: kimi },
  { name: 'deepseek-v3', marks: ['<｜tool▁calls▁begin｜>', '```json'], calls: deepseekV3 },
  { name: 'deepseek-v3.1', marks: ['<｜tool▁calls▁begin｜>', '<｜tool▁sep｜>'], calls: deepseekV31 },
  { name: 'command-r7b', marks: ['<|START_ACTION|>', 'tool_name'], calls: commandR7b },
  { name: 'mistral-v11', marks: ['[TOOL_CALLS]', '[CALL_ID]'], calls: mistralWithIds },
  { name: 'mistral', marks: ['[TOOL_CALLS]', '[ARGS]'], calls: mistral },
  { name: 'mistral-list', marks: ['[TOOL_CALLS]'], calls: mistralList },
  { name: 'seed', marks: ['<seed:tool_call>', '<function=', '<parameter='], calls: seed },
  { name: 'minimax-m2', marks: ['<minimax:tool_call>', '<invoke name="'], calls: minimaxM2 },
  { name: 'minimax-m1', marks: ['<tool_calls>\n{'], calls: minimaxM1 },
  { name: 'apriel', marks: ['<tool_calls>['], calls: apriel },
  { name: 'nemotron', marks: ['<TOOLCALL>['], calls: nemotron },
  { name: 'qwen-coder', marks: ['<tool_call>', '<function=', '<parameter='], calls: qwenCoder },
  { name: 'functionary', marks: ['<function=', '</function>'], calls: functionary },
  { name: 'glm-4.7', marks: ['<tool_call>', '</arg_key><arg_value>'], calls: glmCompact },
  { name: 'glm', marks: ['<tool_call>', '<arg_key>'], calls: glm },
  { name: 'hermes', marks: ['<tool_call>', '"arguments'], calls: hermes },
  { name: 'phi-4-mini', marks: ['<|tool|>', '<|/tool|>'], calls: phi4Mini },
  { name: 'granite-3', marks: ['<|tool_call|>'], calls: granite3 },
  { name: 'llama-3', marks: ['<|start_header_id|>', 'ipython', '"parameters": '], calls: llama3 },
]

/** Marks of thinking, in the order in which they are looked for. */
const thinking: readonly ReasoningSyntax[] = [
  { open: '<|channel>thought\n', close: '<channel|>', inside: '', gap: '' },
  { open: '[THINK]', close: '[/THINK]', inside: '', gap: '' },
  { open: '<|START_THINKING|>', close: '<|END_THINKING|>', inside: '', gap: '' },
  { open: '<seed:think>', close: '</seed:think>', inside: '', gap: '' },
  { open: '<think>', close: '</think>', inside: '\n', gap: '\n\n' },
]

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
  const probed = probeTemplate(template, render)
  if (template.includes('<|channel|>analysis')) return harmony(probed.traits)
  const family = familyOf(template, probed)
  const reasoning = thinking.find(({ open, close }) => names(template, open) && names(template, close))
  const hasFrame = template.includes('<|START_RESPONSE|>')
  return {
    name: family?.name ?? 'generic',
    calls: family?.calls ?? generic,
    ...(reasoning && { reasoning }),
    ...(hasFrame && { frame: { open: '<|START_RESPONSE|>', close: '<|END_RESPONSE|>' } }),
    template: family ? probed.traits : { ...probed.traits, tools: 'none', calls: 'none' },
  }
}

const harmony = (template: TemplateTraits): ConversationSyntax => ({
  name: 'harmony',
  calls: harmonyCalls,
  reasoning: harmonyThinking,
  frame: harmonyFrame,
  isHarmony: true,
  template,
})

/** The marks have to be in the source, and the template must write a call as the family does, if it writes any. */
function familyOf(template: string, { traits, call }: ProbedTemplate): Family | undefined {
  if (traits.tools === 'none' && traits.calls === 'none') return undefined
  const written = call && withoutSpace(call)
  return families.find(
    ({ marks, calls }) =>
      marks.every((mark) => names(template, mark) || call?.includes(mark)) &&
      (written === undefined ||
        ['0', 'probeId00'].some((own) => written.includes(withoutSpace(callHead(calls, 'probe_one', own))))),
  )
}

/** Whether the source has the mark, as it is or as a text in quotes. */
const names = (template: string, mark: string): boolean =>
  template.includes(mark) || template.includes(JSON.stringify(mark).slice(1, -1))

const withoutSpace = (text: string): string => text.replace(/\s+/g, '')
