import { invalidParameter, type ServerError } from '../../core/errors.ts'
import { HeaderProblem } from '../gguf/header-problem.ts'
import { nameOfFile } from '../model-file.ts'
import type { CheckModel } from './check-model.ts'
import { type HubCall, type HubRepository, readRepository } from './hub-repository.ts'
import { hubFileOf } from './hugging-face.ts'
import { within } from './late-judge.ts'
import { fileNamed, modelFrom, modelsOf, modelsWith, type RepositoryModel } from './model-files-of-repository.ts'
import { byPreference } from './preferred-quantisations.ts'
import { formatReference, type HubReference } from './reference.ts'
import { readRemoteHead } from './remote-head.ts'
import type { PullTarget, RemoteFile } from './target.ts'

export interface ResolveHubCall extends HubCall {
  readonly name: string
  readonly checkModel?: CheckModel
}

/**
 * Finds the files of a model in a repository: those that are named, those of the quantisation, or else of the best
 * quantisation that fits this machine. Throws `invalid_parameter` (param `model`) with what there is, `model_too_large` where
 * nothing fits, `model_incompatible`, `SourceProblem`, and the signal's reason once it aborts.
 */
export async function resolveHub(reference: HubReference, call: ResolveHubCall): Promise<PullTarget> {
  const repository = await readRepository(reference, call)
  const model = await choose({ ...call, reference, repository })
  const [first] = model.files
  const file = first?.path ?? ''
  const { revision } = repository
  return {
    name: call.name,
    modelId: nameOfFile(file),
    resolved: formatReference({ type: 'hugging-face', repository: reference.repository, file }),
    pinned: formatReference({ type: 'hugging-face', repository: reference.repository, revision, file }),
    files: model.files.map(({ path }) => `${reference.repository}/${path}`),
    sources: [{ type: 'remote', files: remoteFiles({ ...call, reference, repository }, model) }],
    ...(model.files.length === 1 && first?.sha256 && { sha256: first.sha256 }),
  }
}

interface Choice extends ResolveHubCall {
  readonly reference: HubReference
  readonly repository: HubRepository
}

function remoteFiles({ reference, repository, environment }: Choice, model: RepositoryModel): readonly RemoteFile[] {
  return model.files.map(({ path, sizeBytes, sha256 }) => ({
    ...hubFileOf(
      {
        type: 'hugging-face',
        repository: reference.repository,
        file: path,
        revision: repository.revision,
        ...(sha256 && { sha256 }),
      },
      environment,
    ),
    sizeBytes,
  }))
}

async function choose(choice: Choice): Promise<RepositoryModel> {
  const { reference, repository } = choice
  if (reference.file !== undefined) return modelOfFile(reference.file, choice)
  const models = modelsOf(repository.files)
  if (models.length === 0) throw nothing(choice)
  if (reference.quantisation === undefined) return bestOf(byPreference(models), choice)
  const found = modelsWith(reference.quantisation, models)
  const [model, other] = found
  if (model === undefined)
    throw wrong(`${reference.repository} has no ${reference.quantisation}; it has ${quantisationsOf(models)}`)
  if (other !== undefined)
    throw wrong(`${reference.repository} has several of ${reference.quantisation}; ${orSay(found, reference)}`)
  return model
}

function modelOfFile(path: string, { reference, repository }: Choice): RepositoryModel {
  const file = fileNamed(path, repository.files)
  const models = modelsOf(repository.files)
  if (file === undefined)
    throw wrong(
      `${reference.repository} has no file '${path}'${models.length > 0 ? `; ${orSay(models, reference)}` : ''}`,
    )
  const model = modelFrom(file, repository.files)
  if (model === undefined) throw wrong(`parts of '${path}' are missing in ${reference.repository}`)
  return model
}

function nothing({ reference, repository }: Choice): Error {
  const isSafe = repository.files.some(({ path }) => path.endsWith('.safetensors'))
  const hint = isSafe ? ', but safetensors; look for a repository with GGUF in its name that was made from it' : ''
  return wrong(`${reference.repository} has no GGUF file${hint}`)
}

/** A choice takes to know the machine: its native libraries may have to be unpacked first. */
const CHOICE_MILLISECONDS = 10_000

/** The first of them that this machine has the memory for; all quantisations of a repository have one architecture. */
async function bestOf(models: readonly RepositoryModel[], choice: Choice): Promise<RepositoryModel> {
  const [favourite] = models
  const { checkModel, name } = choice
  if (favourite === undefined) throw nothing(choice)
  if (checkModel === undefined) return favourite
  const head = await headOf(favourite, choice)
  if (head === undefined) return favourite
  let least: { readonly sizeBytes: number; readonly refusal: ServerError } | undefined
  for (const model of models) {
    // What the favourite has besides tensors the others have as well.
    const tensorBytes = Math.max(0, model.sizeBytes - (head.fileBytes - head.header.tensorBytes))
    const { sizeBytes } = model
    const facts = { name, header: { ...head.header, tensorBytes }, fileBytes: sizeBytes }
    const refusal = await within(checkModel(facts), CHOICE_MILLISECONDS, choice.signal)
    // It is asked again while the model comes.
    if (refusal === 'late') return favourite
    if (refusal === undefined) return model
    if (sizeBytes < (least?.sizeBytes ?? Number.POSITIVE_INFINITY)) least = { sizeBytes, refusal }
  }
  // What needs the least says best how far away the machine is.
  throw least?.refusal ?? nothing(choice)
}

/** Undefined where it cannot be had ahead: whether the model fits is seen when it comes. */
async function headOf(model: RepositoryModel, choice: Choice) {
  const [file] = remoteFiles(choice, model)
  if (file === undefined) return undefined
  try {
    return await readRemoteHead({ ...choice, ...file })
  } catch (error) {
    if (error instanceof HeaderProblem) return undefined
    throw error
  }
}

const NAMED = 20

function quantisationsOf(models: readonly RepositoryModel[]): string {
  const names = [...new Set(models.map(({ quantisation }) => quantisation).filter((name) => name !== undefined))]
  return names.length > 0 ? names.slice(0, NAMED).join(', ') : models.slice(0, NAMED).map(pathOf).join(', ')
}

function orSay(models: readonly RepositoryModel[], { repository }: HubReference): string {
  const names = models.slice(0, NAMED).map((model) => `'hf:${repository}/${pathOf(model)}'`)
  return `say ${names.join(' or ')}`
}

const pathOf = ({ files }: RepositoryModel) => files[0]?.path ?? ''

const wrong = (problem: string) => invalidParameter('model', problem)
