import { describe, expect, test } from 'bun:test'
import { loadTemplate } from '../../test/chat-templates.ts'

const families: Readonly<Record<string, readonly [family: string, thinking: string | undefined]>> = {
  'deepseek-r1': ['deepseek-v3', '<think>'],
  'deepseek-r1-distill-qwen-32b': ['deepseek-v3', '<think>'],
  'deepseek-v3.1': ['deepseek-v3.1', '<think>'],
  'gemma-4-31b-it': ['gemma-4', '<|channel>thought\n'],
  'glm-4.6': ['glm', '<think>'],
  'glm-4.7-flash': ['glm-4.7', '<think>'],
  'gpt-oss-120b': ['harmony', '<|channel|>analysis<|message|>'],
  'granite-3.3-2b-instruct': ['granite-3', '<think>'],
  'granite-4.0': ['hermes', undefined],
  'kimi-k2': ['kimi', undefined],
  'like-command-r7b': ['command-r7b', '<|START_THINKING|>'],
  'like-function-gemma': ['function-gemma', undefined],
  'like-gemma-2': ['generic', undefined],
  'like-llama-3.1': ['llama-3', undefined],
  'like-phi-4-mini': ['phi-4-mini', undefined],
  'minimax-m2': ['minimax-m2', '<think>'],
  'ministral-3-14b-reasoning': ['mistral', '[THINK]'],
  'mistral-nemo-instruct-2407': ['mistral-list', undefined],
  'mistral-small-3.2-24b-instruct': ['mistral-v11', undefined],
  'phi-3.5-mini-instruct': ['generic', undefined],
  'qwen2.5-7b-instruct': ['hermes', undefined],
  'qwen3-0.6b': ['hermes', '<think>'],
  'qwen3-coder': ['qwen-coder', undefined],
  'qwen3.5-4b': ['qwen-coder', '<think>'],
  'smollm2-135m-instruct': ['generic', undefined],
  'smollm3-3b': ['generic', '<think>'],
}

describe('a template tells its family and its marks of thinking', () => {
  for (const [name, [family, thinking]] of Object.entries(families)) {
    test(name, () => {
      const { syntax } = loadTemplate(name)
      expect([syntax.name, syntax.reasoning?.open]).toEqual([family, thinking])
    })
  }
})

describe('a template tells what it does with a conversation', () => {
  test('that it writes tools, calls and results, with arguments as objects', () => {
    expect(loadTemplate('qwen3-0.6b').syntax.template).toMatchObject({
      tools: 'tools',
      calls: 'many',
      arguments: 'object',
    })
  })

  test('that it writes one call in a message at most', () => {
    expect(loadTemplate('like-llama-3.1').syntax.template.calls).toBe('one')
    expect(loadTemplate('gpt-oss-120b').syntax.template.calls).toBe('one')
  })

  test('that it writes no tools and no calls', () => {
    expect(loadTemplate('smollm2-135m-instruct').syntax.template).toMatchObject({ tools: 'none', calls: 'none' })
  })

  test('that it writes calls of tools that it does not describe', () => {
    expect(loadTemplate('deepseek-v3.1').syntax.template).toMatchObject({ tools: 'none', calls: 'many' })
  })

  test('that a system message carries the tools', () => {
    expect(loadTemplate('like-phi-4-mini').syntax.template).toMatchObject({ tools: 'system', calls: 'none' })
  })

  test('what becomes of system messages', () => {
    const systemOf = (name: string) => loadTemplate(name).syntax.template.system
    expect(['qwen3-0.6b', 'qwen3.5-4b', 'like-gemma-2'].map(systemOf)).toEqual(['any', 'first', 'none'])
  })

  test('which ids it demands', () => {
    const idsOf = (name: string) => loadTemplate(name).syntax.template.ids
    expect(['mistral-nemo-instruct-2407', 'kimi-k2', 'qwen3-0.6b'].map(idsOf)).toEqual(['short', 'counted', undefined])
  })

  test('that a message without content has null there, where it asks for that', () => {
    expect(loadTemplate('deepseek-r1-distill-qwen-32b').syntax.template.emptyContent).toBeNull()
    expect(loadTemplate('qwen3-0.6b').syntax.template.emptyContent).toBe('')
  })

  test('that it knows the role developer', () => {
    expect(loadTemplate('gpt-oss-120b').syntax.template.knowsDeveloper).toBe(true)
    expect(loadTemplate('smollm2-135m-instruct').syntax.template.knowsDeveloper).toBe(false)
  })
})
