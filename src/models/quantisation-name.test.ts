import { expect, test } from 'bun:test'
import { isSameQuantisation, quantisationOfName } from './quantisation-name.ts'

test('tells the quantisation from the names that files have on the hub', () => {
  const names = {
    'Qwen3-8B-Q4_K_M.gguf': 'Q4_K_M',
    'qwen2.5-0.5b-instruct-q4_k_m.gguf': 'Q4_K_M',
    'SmolLM2-135M-Instruct.Q4_1.gguf': 'Q4_1',
    'Meta-Llama-3.1-8B-Instruct-IQ2_XXS.gguf': 'IQ2_XXS',
    'gemma-3-4b-it-IQ4_NL.GGUF': 'IQ4_NL',
    'Llama-3.2-3B-Instruct-Q4_0_4_4.gguf': 'Q4_0_4_4',
    'Qwen3-30B-A3B-UD-Q4_K_XL.gguf': 'UD-Q4_K_XL',
    'DeepSeek-V3-Q2_K_L-00001-of-00005.gguf': 'Q2_K_L',
    'gpt-oss-20b-MXFP4.gguf': 'MXFP4',
    'gpt-oss-120b-mxfp4_moe-00001-of-00003.gguf': 'MXFP4_MOE',
    'bitnet-TQ1_0.gguf': 'TQ1_0',
    'ggml-model-i2_s.gguf': 'I2_S',
    'phi-2.fp16.gguf': 'F16',
    'nomic-embed-text-v1.5.f32.gguf': 'F32',
    'BF16/Big-00001-of-00002.gguf': 'BF16',
    'Q8_0/Big-Q4_K_S.gguf': 'Q4_K_S',
    'user/repo/Q6_K/tokenizer.gguf': 'Q6_K',
    'F16-to-Q8_0.gguf': 'Q8_0',
  }
  for (const [name, quantisation] of Object.entries(names)) expect(quantisationOfName(name), name).toBe(quantisation)
})

test('takes no other part of a name for a quantisation', () => {
  for (const name of ['mistral-7b.gguf', 'FAQ4_you.gguf', 'sha256-aaff16', 'f1640.gguf', 'Q.gguf', '', 'x/../y.gguf'])
    expect(quantisationOfName(name), name).toBeUndefined()
})

test('two spellings of one quantisation are the same', () => {
  expect(isSameQuantisation('q4_k_m', 'Q4_K_M')).toBe(true)
  expect(isSameQuantisation('fp16', 'F16')).toBe(true)
  expect(isSameQuantisation('UD-Q4_K_XL', 'q4_k_xl')).toBe(true)
  expect(isSameQuantisation('Q4_K_M', 'Q4_K_S')).toBe(false)
  expect(isSameQuantisation('F16', 'BF16')).toBe(false)
})
