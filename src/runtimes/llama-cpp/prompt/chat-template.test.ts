import { expect, test } from 'bun:test'
import type { Addon } from '../addon.ts'
import { readChatTemplate } from './chat-template.ts'

const withRenderer = (AddonJinjaRenderer: unknown) =>
  readChatTemplate({
    addon: { AddonJinjaRenderer } as unknown as Addon,
    modelId: 'odd',
    template: '{% for x in %}',
    beginText: '',
    endText: '',
  })

test('a template that cannot be parsed refuses to chat, and the model is good for the rest', () => {
  const template = withRenderer(
    class {
      constructor() {
        throw new Error('AddonJinjaRenderer: failed to compile template: Unexpected token: %} of type 9')
      }
    },
  )
  expect(template.problem).toContain('Unexpected token: %} of type 9')
  expect(() => template.render({ type: 'messages', messages: [] })).toThrow(
    "The model 'odd' cannot chat: its chat template is broken (Unexpected token",
  )
})

test('an error inside of a template is told without the source around it', () => {
  const template = withRenderer(
    class {
      render() {
        throw new Error(
          'AddonJinjaRenderer: failed to render template: \n------------\nWhile executing\nError: Callee is not a function',
        )
      }
    },
  )
  expect(() => template.render({ type: 'messages', messages: [] })).toThrow(
    "The chat template of 'odd' refuses these messages: Callee is not a function.",
  )
})
