import { expect, test } from 'bun:test'
import { fromPieces, toText } from './tokens.ts'

const piece = (token: number, ...bytes: number[]) => ({ token, bytes })
const about = { model: 'm', contextSize: 9, nameOf: (token: number) => `<${token}>` }

test('a text is read as its server would: special tokens are added to a prompt, and not to content', () => {
  expect(toText({ content: 'a' })).toEqual({ text: 'a', options: { addsSpecial: false, readsSpecial: true } })
  expect(toText({ prompt: '' })).toEqual({ text: '', options: { addsSpecial: true, readsSpecial: true } })
  expect(toText({ content: 'a', add_special: true, parse_special: false })?.options).toEqual({
    addsSpecial: true,
    readsSpecial: false,
  })
  expect(toText({ prompt: 'a', add_special_tokens: false })?.options.addsSpecial).toBe(false)
  expect(toText({ messages: [{ role: 'user', content: 'a' }] })).toBeUndefined()
})

test('none or two of the three are refused', () => {
  expect(() => toText({})).toThrow("'content': it is missing")
  expect(() => toText({ content: 'a', prompt: 'a' })).toThrow("'prompt': 'content' is there too")
  expect(() => toText({ messages: [{ role: 'user' }], with_pieces: true })).toThrow("'with_pieces'")
})

test('pieces are texts, bytes where they are none, and names of control tokens', () => {
  const pieces = [piece(5), piece(6, 104, 105), piece(7, 0xc3)]
  expect(fromPieces(pieces, {}, about)).toEqual({ model: 'm', tokens: [5, 6, 7], count: 3, max_model_len: 9 })
  expect(fromPieces(pieces, { with_pieces: true }, about).tokens).toEqual([
    { id: 5, piece: '<5>' },
    { id: 6, piece: 'hi' },
    { id: 7, piece: [0xc3] },
  ])
  expect(fromPieces(pieces, { return_token_strs: true }, about).token_strs).toEqual(['<5>', 'hi', '\u{fffd}'])
})
