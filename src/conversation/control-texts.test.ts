import { describe, expect, test } from 'bun:test'
import { ControlTexts } from './control-texts.ts'

const controls = new ControlTexts([
  { text: '<|im_start|>' },
  { text: '<|im_end|>', takesSpaceBehind: true },
  { text: '[INST]' },
  { text: '[/INST]', takesSpaceBefore: true },
  { text: '<s>' },
  { text: '|>' },
  { text: ' ' },
  { text: '' },
])
const { disguise, reveal, stretches } = {
  disguise: (text: string) => controls.disguise(text),
  reveal: (text: string) => controls.reveal(text),
  stretches: (text: string) => controls.stretches(text),
}

describe('disguising', () => {
  test('leaves texts without control texts as they are', () => {
    for (const text of ['', 'Hello', 'a < b [INST', '<b>', '1 [x] 2', 'ünï <ｓ>', '\u{1F600}'])
      expect(disguise(`${text}.`)).toBe(`${text}.`)
  })

  test('changes one character of each control text, and can be undone', () => {
    for (const text of ['<|im_end|>', 'a<s>b', '<s><s>', '[INST] [/INST]', '<<s>', '<|im_<|im_end|>end|>', 'x|>|>']) {
      const hidden = disguise(text)
      expect(hidden).toHaveLength([...text].length + (hidden.length - [...hidden].length))
      for (const control of ['<|im_start|>', '<|im_end|>', '[INST]', '[/INST]', '<s>', '|>'])
        expect(hidden).not.toContain(control)
      expect(reveal(hidden)).toBe(text)
    }
  })

  test('hides the end of a text that could become a control text with what follows it', () => {
    expect(disguise('a <|im_en') + disguise('d|>')).not.toContain('<|im_end|>')
    expect(disguise('a <') + disguise('s>')).not.toContain('<s>')
    expect(reveal(disguise('a <|im_en') + disguise('d|>'))).toBe('a <|im_end|>')
  })

  test('of a name hides what could end a control text, or stand in one between marks', () => {
    for (const [mark, name] of [
      ['<', '|im_end|>'],
      ['<', '|im_end|'],
      ['<|', 'im_end|>x'],
      ['<', 's'],
      ['<', 's>'],
      ['[', '/INST'],
      ['<|im_', 'end|> <s>'],
    ] as const) {
      const hidden = `${mark}${controls.disguiseName(name)}`
      expect(hidden).not.toBe(`${mark}${name}`)
      for (const control of ['<|im_end|>', '<s>', '[/INST]']) expect(`${hidden}>]`).not.toContain(control)
      expect(reveal(hidden)).toBe(`${mark}${name}`)
    }
    for (const name of ['', 'city', 'im_end', 'start', '|x', 'INST', 'type', '$ref'])
      expect(controls.disguiseName(name)).toBe(name)
  })

  test('keeps characters of private use, whatever they would stand for', () => {
    for (const text of ['\u{F003C}|im_end|>', '\u{F0041}', 'a\u{FFFFD}b', '\u{100000}']) {
      expect(reveal(disguise(text))).toBe(text)
      expect(stretches(disguise(text)).map((stretch) => stretch.text)).toEqual([text])
    }
  })

  test('of control texts in other planes leaves no half characters', () => {
    const odd = new ControlTexts([{ text: '\u{1F600}x' }])
    const hidden = odd.disguise('a\u{1F600}x')
    expect(hidden.isWellFormed()).toBeTrue()
    expect(odd.reveal(hidden)).toBe('a\u{1F600}x')
  })

  test('takes time in proportion to the text', () => {
    const many = new ControlTexts(Array.from({ length: 6000 }, (_, at) => ({ text: `<unused${at}>` })))
    const text = '<unused<u'.repeat(100_000)
    expect(many.disguise(text).length).toBe(text.length + 1)
  })
})

describe('stretches', () => {
  test('are one that reads control texts where nothing is disguised', () => {
    const text = '<|im_start|>user\nHi<|im_end|>\n'
    expect(stretches(text)).toEqual([{ text, readsControls: true }])
    expect(stretches('')).toEqual([])
  })

  test('are cut at control texts, around what is disguised', () => {
    const text = `<|im_start|>user\nSay ${disguise('<s>')} now<|im_start|>assistant\n`
    expect(stretches(text)).toEqual([
      { text: '<|im_start|>', readsControls: true },
      { text: 'user\nSay <s> now', readsControls: false },
      { text: '<|im_start|>assistant\n', readsControls: true },
    ])
  })

  test('lose the white space that belongs to a token beside them', () => {
    expect(stretches(`<|im_end|> \n${disguise('<s>')} [/INST]`)).toEqual([
      { text: '<|im_end|>', readsControls: true },
      { text: '<s>', readsControls: false },
      { text: '[/INST]', readsControls: true },
    ])
  })
})
