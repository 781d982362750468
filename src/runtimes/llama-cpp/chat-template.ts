import { ServerError } from '../../core/errors.ts'
import type { ChatMessage } from '../../core/generation.ts'
import type { Addon } from './addon.ts'

/** Used for models whose file names no template, as llama.cpp does. */
const chatMl =
  "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

/** Writes a conversation as one text, in the way that the model was trained on. */
export interface ChatTemplate {
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

/** Throws a plain error when the template cannot be parsed: the model cannot chat then. */
export function readChatTemplate({ addon, modelId, template, beginText, endText }: ChatTemplateOptions): ChatTemplate {
  const source = template ?? chatMl
  const renderer = new addon.AddonJinjaRenderer(source)
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

/** The template's own sentence, without llama.cpp's wrapping and source excerpts. */
function problemOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const raised = /Jinja Exception: ([^\n]+)/.exec(message)?.[1] ?? message.split('\n')[0] ?? message
  return raised.replace(/^AddonJinjaRenderer: failed to render template: /, '').replace(/[.\s]+$/, '')
}
