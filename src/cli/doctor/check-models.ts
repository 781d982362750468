import { size } from '../../models/pull/human-units.ts'
import { type Check, ok, problem, warning } from './check.ts'
import type { DefaultModel, DoctorFacts } from './facts.ts'

/** Files that are named one by one; whoever has more sees them with `hearth list`. */
const mostNamed = 5

/** The configuration, the folders, and what lies in them. Pure. */
export function checkModels(facts: DoctorFacts): readonly Check[] {
  return [
    checkConfig(facts),
    ...checkFolder(facts),
    ...checkOtherFolders(facts),
    ...checkData(facts),
    ...checkDefaults(facts),
    ...checkFiles(facts),
  ]
}

function checkConfig({ config: { file, problems } }: DoctorFacts): Check {
  const where = file ? `The configuration in ${file}` : 'The configuration (there is no file)'
  const [first] = problems.map(sentence)
  if (first === undefined) return ok('config', `${where} is valid.`)
  const others =
    problems.length > 1
      ? ` There ${problems.length === 2 ? 'is one more problem' : `are ${problems.length - 1} more problems`}.`
      : ''
  return problem(
    'config',
    `${where} has a mistake: ${first}${others}`,
    'hearth config explain shows them all, and every value.',
  )
}

function checkFolder({ models }: DoctorFacts): readonly Check[] {
  const { path, state, isWritable } = models
  if (state === 'unusable')
    return [
      problem(
        'models-folder',
        `The models folder ${path} ${models.problem}.`,
        'Choose another one with models_dir or --models-dir.',
      ),
    ]
  if (!isWritable) {
    const message =
      state === 'absent'
        ? `The models folder ${path} is not there, and cannot be made`
        : `The models folder ${path} cannot be written`
    const remedy = 'Change its owner, or choose another one with models_dir or --models-dir.'
    return [warning('models-folder', `${message}: no model can be fetched into it.`, remedy)]
  }
  return [
    ok(
      'models-folder',
      state === 'absent'
        ? `The models folder ${path} will be made when it is needed.`
        : `The models folder is ${path}.`,
    ),
  ]
}

const checkOtherFolders = ({ otherFolders }: DoctorFacts): readonly Check[] =>
  otherFolders
    .filter(({ state }) => state !== 'there')
    .map(({ path, state, problem: why }) =>
      warning(
        'model-dirs',
        `No model is taken from ${path}: it ${state === 'absent' ? 'is not there' : why}.`,
        'Mend its path in model_dirs, or take it out.',
      ),
    )

function checkData({ data }: DoctorFacts): readonly Check[] {
  if (data.state !== 'unusable' && data.isWritable) return []
  const why = data.problem ?? 'cannot be written'
  return [
    problem(
      'data-folder',
      `The data folder ${data.path} ${why}: neither responses nor settings can be kept.`,
      'Set HEARTH_HOME to a folder of yours.',
    ),
  ]
}

const checkDefaults = (facts: DoctorFacts): readonly Check[] =>
  facts.defaultModels.map((model) => checkDefault(model, facts))

function checkDefault(model: DefaultModel, { system: { native }, isAutoPull }: DoctorFacts): Check {
  const known = native.state === 'ready' ? native.report.architectures : undefined
  const { id, kind, state, isCatalogued, sizeBytes, architecture } = model
  const name = `The default ${kind} model, ${id},`
  const another = kind === 'chat' ? '--model' : '--embedding-model'
  if (state === 'unusable')
    return problem(
      'default-model',
      `${name} cannot be used: ${model.problem ?? 'nobody says why'}`,
      `Fetch it again (hearth pull ${id}), or choose another one with ${another}.`,
    )
  if (state === 'missing' && isCatalogued) {
    const bytes = sizeBytes === undefined ? '' : ` (${size(sizeBytes)})`
    return warning(
      'default-model',
      `${name} is not here yet${bytes}.`,
      `hearth pull ${id} fetches it${isAutoPull ? '; hearth serve does so too' : ''}.`,
    )
  }
  if (state === 'missing')
    return problem(
      'default-model',
      `${name} is neither here nor in the catalog.`,
      `Put its file into the models folder, or choose another one with ${another}.`,
    )
  if (architecture && known && !known.includes(architecture))
    return problem(
      'default-model',
      `${name} is of the architecture ${architecture}, which this version cannot run.`,
      `Choose another one with ${another}.`,
    )
  return ok('default-model', `${name} is installed.`)
}

function checkFiles({ unusableFiles, models, otherFolders }: DoctorFacts): readonly Check[] {
  const isTold = (path: string) =>
    [models, ...otherFolders].some((folder) => folder.state !== 'there' && isWithin(path, folder.path))
  const untold = unusableFiles.filter(({ path }) => !isTold(path))
  const named = untold.slice(0, mostNamed).map(checkFile)
  const left = untold.length - named.length
  return left > 0
    ? [...named, warning('model-file', `${left} more files cannot be used.`, 'hearth list shows them all.')]
    : named
}

function checkFile({ path, problem: why, isFolder }: DoctorFacts['unusableFiles'][number]): Check {
  if (!isFolder)
    return warning('model-file', sentence(`${path} cannot be used: ${why}`), 'Fetch it again, or delete it.')
  const remedy = 'Let this user read it, mend it, or take it out of config.yaml.'
  return warning('model-source', sentence(`Nothing is taken from ${path}: ${why}`), remedy)
}

const isWithin = (path: string, folder: string) =>
  path === folder || ['/', '\\'].some((slash) => path.startsWith(folder + slash))

/** With a mark at its end. */
const sentence = (text: string) => (/[.?!]$/.test(text) ? text : `${text}.`)
