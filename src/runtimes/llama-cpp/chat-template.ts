import { messageOf, ServerError } from '../../core/errors.ts'
import type { ChatMessage } from '../../core/generation.ts'
import type { Addon } from './addon.ts'

/** Used for models whose file names no template, as llama.cpp does. */
const chatMl =
  "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

/** Writes a conversation as one text, in the way that the model was trained on. */
export interface ChatTemplate {
  /** Why nothing can be rendered: the template is broken. The model can still continue texts. */
  readonly problem?: string
  /** Throws `template_refused` when the template itself raises an error about the messages. */
  render(messages: readonly ChatMessage[]): string
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
  if (typeof renderer === 'string') return brokenTemplate(modelId, `its chat template is broken (${renderer})`)
  const knowsDeveloper = source.includes('developer')
  return {
    render(messages) {
      const known = messages.map((message) =>
        message.role === 'developer' && !knowsDeveloper ? { ...message, role: 'system' } : message,
      )
      try {
        return renderer.render({
          messages: known,
          add_generation_prompt: true,
          bos_token: beginText,
          eos_token: endText,
        })
      } catch (error) {
        throw new ServerError(
          'template_refused',
          { param: 'messages', model: modelId, problem: problemOf(error) },
          { cause: error },
        )
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

const brokenTemplate = (model: string, problem: string): ChatTemplate => ({
  problem,
  render() {
    throw new ServerError('ability_missing', { param: 'model', model, ability: `chat: ${problem}` })
  },
})

/** The template's own sentence, without llama.cpp's wrapping and source excerpts. */
function problemOf(error: unknown): string {
  const message = messageOf(error)
  const raised = /(?:Jinja Exception|\nError): ([^\n]+)/.exec(message)?.[1] ?? message.split('\n')[0] ?? message
  return raised.replace(/^AddonJinjaRenderer: failed to (?:render|compile) template: /, '').replace(/[.\s]+$/, '')
}
