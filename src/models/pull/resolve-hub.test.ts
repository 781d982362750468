import { expect, test } from 'bun:test'
import { ServerError } from '../../core/errors.ts'
import { quantisationOfName } from '../quantisation-name.ts'
import type { CheckModel } from './check-model.ts'
import { parseReference } from './parse-reference.ts'
import { formatReference } from './reference.ts'
import { resolveTarget } from './resolve-target.ts'
import { refuse, sha256 } from './test-hub.ts'
import { makeModel, makeSplitModel } from './test-model.ts'
import { giveJson, type RepositoryOptions, startTestRepository, type TestRepository } from './test-repository.ts'

const patience = { connect: 2000, stall: 150, retry: 1, longestRetry: 5000, attempts: 3 }

function resolveAt(
  hub: TestRepository,
  model: string,
  more: { checkModel?: CheckModel; token?: string; sha256?: string } = {},
) {
  const { token, ...rest } = more
  return resolveTarget({
    reference: parseReference(model),
    name: model,
    catalog: [],
    environment: { HF_ENDPOINT: hub.url, ...(token && { HF_TOKEN: token }) },
    patience,
    signal: new AbortController().signal,
    log: { info: () => {}, warn: () => {} },
    ...rest,
  })
}

const refusal = (work: Promise<unknown>): Promise<ServerError> =>
  work.then(
    () => expect.unreachable('it succeeded'),
    (error) => error,
  )

/** A model of that many bytes, more or less. */
const sized = (bytes: number) => makeModel({ numbers: bytes / 4 })

const page = new TextEncoder().encode('# read me')

async function quantised(): Promise<RepositoryOptions> {
  return {
    files: {
      'README.md': page,
      'config.json': page,
      'Model-Q8_0.gguf': await sized(8000),
      'Model-Q4_K_M.gguf': await sized(4800),
      'Model-q4_k_s.gguf': await sized(4400),
      'Model-UD-IQ2_XXS.gguf': await sized(2000),
      'mmproj-Model-F16.gguf': await sized(400),
      'imatrix.gguf': page,
    },
  }
}

/** Models of more than that many bytes are too large. */
const upTo =
  (limit: number): CheckModel =>
  async ({ name, header, fileBytes }) => {
    const needBytes = header.tensorBytes
    expect(fileBytes).toBeGreaterThan(needBytes)
    if (needBytes <= limit) return undefined
    return new ServerError('model_too_large', { param: 'model', model: name, needBytes, haveBytes: limit })
  }

test('takes the quantisation that is named, in any case, from any page, at the commit of the revision', async () => {
  await using hub = await startTestRepository({ ...(await quantised()), pageSize: 2 })
  const target = await resolveAt(hub, 'hf:user/repo:Q4_K_S')
  expect(target).toMatchObject({
    modelId: 'Model-q4_k_s',
    resolved: 'hf:user/repo/Model-q4_k_s.gguf',
    pinned: `hf:user/repo@${hub.commit}/Model-q4_k_s.gguf`,
    files: ['user/repo/Model-q4_k_s.gguf'],
  })
  const body = hub.files['Model-q4_k_s.gguf'] ?? page
  expect(target.sources).toMatchObject([{ files: [{ sizeBytes: body.length, sha256: sha256(body) }] }])
  expect(hub.questions).toEqual(['commit', 'tree', 'tree', 'tree', 'tree'])
  expect(formatReference(parseReference(target.pinned))).toBe(target.pinned)
  expect((await resolveAt(hub, target.pinned)).files).toEqual(target.files)
  expect((await resolveAt(hub, 'hf:user/repo:iq2_xxs')).modelId).toBe('Model-UD-IQ2_XXS')
})

test('takes the best quantisation that fits where none is named, and reads one head for that', async () => {
  await using hub = await startTestRepository(await quantised())
  const choices = { 9000: 'Q4_K_M', 4800: 'Q4_K_M', 4500: 'Q4_K_S', 3000: 'UD-IQ2_XXS' }
  for (const [limit, quantisation] of Object.entries(choices)) {
    const { files } = await resolveAt(hub, 'hf:user/repo', { checkModel: upTo(Number(limit)) })
    expect(quantisationOfName(files[0] ?? ''), limit).toBe(quantisation)
  }
  expect(hub.questions.filter((question) => question.startsWith('Model')).length).toBe(Object.keys(choices).length)
  expect((await resolveAt(hub, 'hf:user/repo')).modelId).toBe('Model-Q4_K_M')
  const error = await refusal(resolveAt(hub, 'hf:user/repo', { checkModel: upTo(1000) }))
  expect(error).toMatchObject({ code: 'model_too_large', status: 422, param: 'model' })
  // Of the smallest one, more or less: only the head of the favourite was read.
  const { needBytes } = error.facts as unknown as { needBytes: number }
  expect(Math.round(needBytes / 100)).toBe(20)
})

test('what is there only in large quantisations is taken so, and what has no name as it is', async () => {
  await using large = await startTestRepository({
    files: { 'M.f32.gguf': await sized(9000), 'M.bf16.gguf': await sized(5000), 'M.q8_0.gguf': await sized(4000) },
  })
  expect((await resolveAt(large, 'hf:user/repo')).modelId).toBe('M.q8_0')
  await using plain = await startTestRepository({ files: { 'model.gguf': await sized(9000) } })
  expect((await resolveAt(plain, 'hf:user/repo')).modelId).toBe('model')
})

test('takes all parts of a split model, in folders too, and none where one is missing', async () => {
  const [one, two, three] = await makeSplitModel(3)
  const part = (n: number) => `Q4_K_M/Big-Q4_K_M-0000${n}-of-00003.gguf`
  const files = { [part(1)]: one ?? page, [part(2)]: two ?? page, [part(3)]: three ?? page }
  await using hub = await startTestRepository({ files })
  const all = [1, 2, 3].map((n) => `user/repo/${part(n)}`)
  const names = ['hf:user/repo', 'hf:user/repo:Q4_K_M', `hf:user/repo/${part(1)}`, `hf:user/repo/${part(3)}`]
  for (const name of [...names, 'hf:user/repo/Big-Q4_K_M-00002-of-00003.gguf']) {
    expect((await resolveAt(hub, name)).files, name).toEqual(all)
  }
  expect((await resolveAt(hub, 'hf:user/repo')).modelId).toBe('Big-Q4_K_M')
  const sum = await refusal(resolveAt(hub, 'hf:user/repo', { sha256: 'a'.repeat(64) }))
  expect(sum).toMatchObject({ code: 'invalid_parameter', param: 'sha256' })
  delete hub.files[part(2)]
  expect((await refusal(resolveAt(hub, 'hf:user/repo'))).message).toContain('has no GGUF file')
  expect((await refusal(resolveAt(hub, `hf:user/repo/${part(1)}`))).message).toContain('parts of')
})

test('what a repository has not is told with what it has', async () => {
  await using hub = await startTestRepository(await quantised())
  const wrong = {
    'hf:user/repo:Q5_K_M': 'user/repo has no Q5_K_M; it has Q8_0, Q4_K_M, Q4_K_S, UD-IQ2_XXS',
    'hf:user/repo/Other.gguf': "has no file 'Other.gguf'; say 'hf:user/repo/Model-Q8_0.gguf' or",
  }
  for (const [name, message] of Object.entries(wrong)) {
    const error = await refusal(resolveAt(hub, name))
    expect(error).toMatchObject({ code: 'invalid_parameter', param: 'model', status: 400 })
    expect(error.message).toContain(message)
  }
  expect((await resolveAt(hub, 'hf:user/repo/mmproj-Model-F16.gguf')).modelId).toBe('mmproj-Model-F16')
  await using original = await startTestRepository({ files: { 'model.safetensors': page } })
  expect((await refusal(resolveAt(original, 'hf:user/repo'))).message).toContain('but safetensors')
  hub.files['other/Model-Q4_K_M.gguf'] = page
  expect((await refusal(resolveAt(hub, 'hf:user/repo:Q4_K_M'))).message).toContain(
    "'hf:user/repo/other/Model-Q4_K_M.gguf'",
  )
})

test('paths that would lead elsewhere are no models', async () => {
  const body = await sized(400)
  const names = ['../../evil.gguf', '/etc/evil.gguf', 'a/../../evil.gguf', 'con.gguf', '.ssh/evil.gguf', 'a\\b.gguf']
  await using hub = await startTestRepository({ files: Object.fromEntries(names.map((name) => [name, body])) })
  expect((await refusal(resolveAt(hub, 'hf:user/repo'))).message).toContain('has no GGUF file')
})

test('says what the hub means, by its own words where it has some', async () => {
  const answers = [
    [404, 'RepoNotFound', 'there is no such repository, or it is private', 'missing'],
    [401, 'RepoNotFound', 'which takes a token in HF_TOKEN', 'missing'],
    [404, 'RevisionNotFound', 'no such revision', 'missing'],
    [403, 'GatedRepo', 'conditions accepted; do so on its page and set HF_TOKEN', 'refused'],
    [401, '', 'it is private', 'refused'],
    [418, '', 'does not give the file', undefined],
  ] as const
  for (const [status, code, meaning, reason] of answers) {
    await using hub = await startTestRepository({
      files: {},
      answer: ({ response }) => refuse(response, status, code === '' ? {} : { 'x-error-code': code }),
    })
    const problem = await refusal(resolveAt(hub, 'hf:user/repo'))
    expect(problem.message).toContain(meaning)
    expect(problem).toMatchObject({ name: 'SourceProblem', reason })
  }
})

test('tries again when the hub has trouble, and sends the token to nobody else', async () => {
  const options = await quantised()
  let requests = 0
  await using hub = await startTestRepository({
    ...options,
    answer: ({ response }) => ++requests % 2 === 1 && refuse(response, requests === 1 ? 429 : 503),
  })
  expect((await resolveAt(hub, 'hf:user/repo', { token: 'secret' })).modelId).toBe('Model-Q4_K_M')
  expect(hub.headers.every(({ authorization }) => authorization === 'Bearer secret')).toBe(true)
  // A mirror passes on the links of the hub behind it: it is asked for what follows itself.
  await using other = await startTestRepository(options)
  await using mirror = await startTestRepository({
    ...options,
    answer: ({ about, request, response }) =>
      about === 'tree' &&
      !request.url?.includes('cursor=') &&
      giveJson(response, [], { link: `<${other.url}/api/models/user/repo/tree/x?cursor=0&limit=9>; rel="next"` }),
  })
  expect((await resolveAt(mirror, 'hf:user/repo', { token: 'secret' })).modelId).toBe('Model-Q4_K_M')
  expect(mirror.questions).toEqual(['commit', 'tree', 'tree'])
  expect(other.headers).toEqual([])
})

test('a hub that answers nonsense, or lists without end, is an error', async () => {
  for (const nonsense of ['<html>', '{"a":1}', 'null']) {
    await using hub = await startTestRepository({
      files: {},
      answer: ({ about, response }) => {
        if (about === 'tree') response.writeHead(200).end(nonsense)
        return about === 'tree'
      },
    })
    expect((await refusal(resolveAt(hub, 'hf:user/repo'))).message).toContain('no list of files')
  }
  await using endless = await startTestRepository({
    files: {},
    answer: ({ about, response, request }) =>
      about === 'tree' && giveJson(response, [], { link: `<${request.url}>; rel="next"` }),
  })
  expect((await refusal(resolveAt(endless, 'hf:user/repo'))).message).toContain('without end')
})
