import { expect, test } from 'bun:test'
import { type PlaceFacts, runtimePlaces } from './runtime-places.ts'

const facts = (
  changes: Partial<PlaceFacts>,
  folders: Readonly<Record<string, readonly string[]>> = {},
): PlaceFacts => ({
  platform: 'linux',
  variables: {},
  home: '/home/ann',
  dataFolder: '/home/ann/.local/share/hearth',
  loaderFolders: [],
  list: (folder) => folders[folder] ?? [],
  ...changes,
})

const foldersOf = (given: PlaceFacts, major: 12 | 13 = 13) =>
  runtimePlaces(given, major).flatMap(({ source, folders }) => folders.map((folder) => `${source} ${folder}`))

test('the folder given by hand goes first, then our own, then what the loader looks through', () => {
  const given = facts({
    cudaFolder: '/srv/cuda',
    variables: { LD_LIBRARY_PATH: '/opt/lib' },
    loaderFolders: ['/usr/lib/x86_64-linux-gnu'],
  })
  const found = foldersOf(given)
  expect(found[0]).toBe('hand /srv/cuda')
  expect(found).toContain('hand /srv/cuda/nvidia/cu13/lib')
  const rest = found.filter((each) => !each.startsWith('hand'))
  expect(rest.slice(0, 3)).toEqual([
    'own /home/ann/.local/share/hearth/cuda/13',
    'loader /opt/lib',
    'loader /usr/lib/x86_64-linux-gnu',
  ])
})

test('a runtime may lie beside libraries that were given by hand', () => {
  const found = foldersOf(facts({ nativeFolder: '/srv/libraries' }))
  expect(found.slice(0, 2)).toEqual(['libraries /srv/libraries', 'own /home/ann/.local/share/hearth/cuda/13'])
})

test('nothing is looked for in the current folder', () => {
  const variables = {
    LD_LIBRARY_PATH: ':.:lib:/opt/lib:',
    CUDA_HOME: 'cuda',
    CUDA_PATH: '.',
    VIRTUAL_ENV: 'venv',
    CONDA_PREFIX: '',
  }
  const found = runtimePlaces(facts({ variables }), 13).flatMap(({ folders }) => folders)
  expect(found.filter((folder) => !folder.startsWith('/'))).toEqual([])
  expect(found).toContain('/opt/lib')
  const windows = { PATH: ';.;bin;C:\\Tools', CUDA_PATH: 'cuda', ProgramFiles: 'Programs' }
  const onWindows = runtimePlaces(
    facts({ platform: 'win32', variables: windows, home: 'C:\\Users\\ann', dataFolder: 'C:\\data' }),
    13,
  )
  expect(onWindows.flatMap(({ folders }) => folders).filter((folder) => !/^C:\\/.test(folder))).toEqual([])
})

test('toolkits, Python environments, Ollama and LM Studio are looked through, the newest first', () => {
  const folders = {
    '/usr/local': ['bin', 'cuda-13.1', 'cuda', 'cuda-13.10'],
    '/home/ann/venv/lib': ['python3.11'],
    '/home/ann/.lmstudio/extensions/backends/vendor': ['linux-llama-vulkan-vendor-v1', 'linux-llama-cuda13-vendor-v2'],
  }
  const found = foldersOf(facts({ variables: { VIRTUAL_ENV: '/home/ann/venv' } }, folders))
  const toolkits = found.filter((each) => /lib64$/.test(each))
  expect(toolkits).toEqual([
    'toolkit /usr/local/cuda-13.10/lib64',
    'toolkit /usr/local/cuda-13.1/lib64',
    'toolkit /usr/local/cuda/lib64',
  ])
  expect(found).toContain('python /home/ann/venv/lib/python3.11/site-packages/nvidia/cu13/lib')
  expect(found).toContain('ollama /usr/local/lib/ollama/cuda_v13')
  expect(found).toContain('lm-studio /home/ann/.lmstudio/extensions/backends/vendor/linux-llama-cuda13-vendor-v2')
  expect(found.join()).not.toContain('vulkan')
})

test('on Windows the toolkits of that version and Python are', () => {
  const variables = {
    CUDA_PATH_V13_1: 'C:\\CUDA\\v13.1',
    CUDA_PATH_V12_4: 'C:\\CUDA\\v12.4',
    ProgramFiles: 'C:\\Program Files',
    LOCALAPPDATA: 'C:\\Users\\ann\\AppData\\Local',
  }
  const list = (folder: string) =>
    folder === 'C:\\Program Files\\NVIDIA GPU Computing Toolkit\\CUDA'
      ? ['v12.4', 'v13.0']
      : folder === 'C:\\Users\\ann\\AppData\\Local\\Programs\\Python'
        ? ['Python312']
        : []
  const found = foldersOf(facts({ platform: 'win32', home: 'C:\\Users\\ann', dataFolder: 'C:\\data', variables, list }))
  expect(found).toContain('toolkit C:\\CUDA\\v13.1\\bin\\x64')
  expect(found).toContain('toolkit C:\\Program Files\\NVIDIA GPU Computing Toolkit\\CUDA\\v13.0\\bin\\x64')
  expect(found.join()).not.toContain('v12.4')
  expect(found).toContain(
    'python C:\\Users\\ann\\AppData\\Local\\Programs\\Python\\Python312\\Lib\\site-packages\\nvidia\\cu13\\bin\\x86_64',
  )
  expect(found).toContain('ollama C:\\Users\\ann\\AppData\\Local\\Programs\\Ollama\\lib\\ollama\\cuda_v13')
})
