import type { ConversationSyntax } from '../../../conversation/conversation-syntax.ts'
import { readSyntax } from '../../../conversation/read-syntax.ts'
import { renderConversation } from '../../../conversation/render-conversation.ts'
import { messageOf, ServerError } from '../../../core/errors.ts'
import type { MessagesPrompt } from '../../../core/generation.ts'
import type { Addon } from '../addon.ts'

/** Used for models whose file names no template, as llama.cpp does. */
const chatMl =
  "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

/** Writes a conversation as one text, in the way that the model was trained on. */
export interface ChatTemplate {
  /** Why nothing can be rendered: the template is broken. The model can still continue texts. */
  readonly problem?: string
  /** How the model writes what is more than text. */
  readonly syntax: ConversationSyntax
  /** Throws `template_refused` when the template itself raises an error about the messages. */
  render(prompt: MessagesPrompt): string
}

interface ChatTemplateOptions {
  readonly addon: Addon
  readonly modelId: string
  /** The model's Jinja template; absent: ChatML. */
  readonly template: string | undefined
  readonly beginText: string
  readonly endText: string
}

/** Never throws: a template that cannot be parsed refuses every conversation with `ability_missing`. */
export function readChatTemplate({ addon, modelId, template, beginText, endText }: ChatTemplateOptions): ChatTemplate {
  const source = template ?? chatMl
  const renderer = compile(addon, source)
  const call = (variables: Readonly<Record<string, unknown>>): string => {
    if (typeof renderer === 'string') throw new Error(renderer)
    return renderer.render({ ...variables, bos_token: beginText, eos_token: endText })
  }
  const syntax = readSyntax({ template: source, render: call })
  if (typeof renderer === 'string') return brokenTemplate(modelId, syntax, renderer)
  return {
    syntax,
    render(prompt) {
      try {
        return renderConversation({ prompt, syntax, render: call })
      } catch (error) {
        if (error instanceof ServerError) throw error
        const facts = { param: 'messages', model: modelId, problem: problemOf(error) }
        throw new ServerError('template_refused', facts, { cause: error })
      }
    },
  }
}

/** Answers what is wrong with a template that cannot be parsed. */
function compile(addon: Addon, source: string): InstanceType<Addon['AddonJinjaRenderer']> | string {
  try {
    return new addon.AddonJinjaRenderer(source)
  } catch (error) {
    return problemOf(error)
  }
}

function brokenTemplate(model: string, syntax: ConversationSyntax, why: string): ChatTemplate {
  const problem = `its chat template is broken (${why})`
  return {
    problem,
    syntax,
    render() {
      throw new ServerError('ability_missing', { param: 'model', model, ability: `chat: ${problem}` })
    },
  }
}

/** The template's own sentence, without llama.cpp's wrapping and source excerpts. */
function problemOf(error: unknown): string {
  const message = messageOf(error)
  const raised = /(?:Jinja Exception|\nError): ([^\n]+)/.exec(message)?.[1] ?? message.split('\n')[0] ?? message
  return raised.replace(/^AddonJinjaRenderer: failed to (?:render|compile) template: /, '').replace(/[.\s]+$/, '')
}
