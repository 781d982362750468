import type { MessagesPrompt, ReasoningOptions } from '../core/generation.ts'
import { callsAsText, describeTools, toolShape } from './calls-as-text.ts'
import type { ConversationSyntax, TemplateTraits } from './conversation-syntax.ts'
import { mergeSystem, withSystemText } from './system-messages.ts'
import { takeTurns } from './take-turns.ts'
import { templateMessages } from './template-messages.ts'

/** What the model's template is called with for a prompt; the begin and end tokens are the caller's to add. */
export function templateVariables(
  prompt: MessagesPrompt,
  syntax: ConversationSyntax,
): Readonly<Record<string, unknown>> {
  const traits = syntax.template
  const use = prompt.toolUse?.choice.type === 'none' ? undefined : prompt.toolUse
  const tools = use?.tools.map(toolShape)
  let { messages } = prompt
  if (traits.calls === 'none') messages = callsAsText(messages, syntax.calls)
  if (use && traits.tools === 'none') messages = withSystemText(messages, describeTools(use.tools, syntax))
  if (traits.tools === 'system' && use) messages = withSystemMessage(messages)
  if (traits.system !== 'any') messages = mergeSystem(messages, traits.system)
  messages = takeTurns(messages, traits.turns)
  const written = templateMessages({ messages }, syntax)
  const inSystem = tools && traits.tools === 'system' ? JSON.stringify(tools.map((tool) => tool.function)) : undefined
  return {
    ...reasoningVariables(prompt.reasoning ?? {}, traits),
    ...prompt.templateArguments,
    messages: inSystem ? written.map((each, at) => (at === 0 ? { ...each, tools: inSystem } : each)) : written,
    ...(tools && (traits.tools === 'tools' || traits.tools === 'xml_tools') && { [traits.tools]: tools }),
    add_generation_prompt: true,
  }
}

const withSystemMessage = (messages: MessagesPrompt['messages']): MessagesPrompt['messages'] =>
  messages[0]?.role === 'system' ? messages : [{ role: 'system', content: '' }, ...messages]

/** Templates take what they know, and the rest does nothing. */
function reasoningVariables({ effort, isWanted, budgetTokens }: ReasoningOptions, { efforts }: TemplateTraits) {
  const thinks = effort !== 'none'
  return {
    ...((effort || isWanted) && { enable_thinking: thinks, thinking: thinks }),
    ...(effort && { reasoning_effort: effortFor(effort, efforts) }),
    ...(budgetTokens !== undefined && { thinking_budget: budgetTokens }),
  }
}

function effortFor(effort: NonNullable<ReasoningOptions['effort']>, known: TemplateTraits['efforts']): string {
  const isLow = effort === 'none' || effort === 'minimal' || effort === 'low'
  if (known === 'three') return isLow ? 'low' : effort === 'medium' ? 'medium' : 'high'
  if (known === 'switch') return effort === 'none' ? 'no_think' : isLow ? 'low' : 'high'
  return effort
}
