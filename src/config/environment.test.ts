import { expect, test } from 'bun:test'
import { type EnvironmentFacts, makeEnvironment, readEnvironment } from './environment.ts'

const make = (variables: Record<string, string | undefined>, facts: Partial<EnvironmentFacts> = {}) =>
  makeEnvironment({ variables, platform: 'linux', home: '/home/ann', currentFolder: '/here', ...facts })

test('the data folder is HEARTH_HOME, or where the system keeps data of programs', () => {
  expect(make({ HEARTH_HOME: 'data' }).dataFolder).toBe('/here/data')
  expect(make({}).dataFolder).toBe('/home/ann/.local/share/hearth')
  expect(make({ XDG_DATA_HOME: '/data' }).dataFolder).toBe('/data/hearth')
  expect(make({ XDG_DATA_HOME: 'relative' }).dataFolder).toBe('/home/ann/.local/share/hearth')
  expect(make({}, { platform: 'darwin' }).dataFolder).toBe('/home/ann/Library/Application Support/hearth')
  const windows = { platform: 'win32', home: 'C:\\Users\\ann' }
  expect(make({ LOCALAPPDATA: 'D:\\local' }, windows).dataFolder).toBe('D:\\local\\hearth')
  expect(make({}, windows).dataFolder).toBe('C:\\Users\\ann\\AppData\\Local\\hearth')
})

test('an empty variable is an unset one', () => {
  const { dataFolder, huggingFace, proxy, isColorUnwanted, nativeFolder } = make({
    HEARTH_HOME: '',
    HF_TOKEN: '',
    HF_ENDPOINT: '',
    HTTPS_PROXY: '',
    NO_COLOR: '',
    HEARTH_NATIVE_DIR: '',
  })
  expect(dataFolder).toBe('/home/ann/.local/share/hearth')
  expect(huggingFace).toEqual({ endpoint: 'https://huggingface.co' })
  expect([proxy, isColorUnwanted, nativeFolder]).toEqual([{}, false, undefined])
})

test('folders start at the current one, or with ~/ at that of the user', () => {
  const folders = { HEARTH_HOME: '~/data', HEARTH_NATIVE_DIR: 'native', HEARTH_CUDA_DIR: '~' }
  expect(make(folders)).toMatchObject({ dataFolder: '/home/ann/data', cudaFolder: '/home/ann' })
  expect(make(folders).nativeFolder).toEndWith('/native')
  expect(make({ HEARTH_HOME: '/x/~/y', HEARTH_NATIVE_DIR: '~ann/x' })).toMatchObject({ dataFolder: '/x/~/y' })
  expect(make({ HEARTH_NATIVE_DIR: '~ann/x' }).nativeFolder).toEndWith('/~ann/x')
})

test('the endpoint loses its last slash, small proxy names go first, and ALL_PROXY stands in', () => {
  expect(make({ HF_ENDPOINT: 'http://mirror/' }).huggingFace.endpoint).toBe('http://mirror')
  expect(make({ HTTP_PROXY: 'a', http_proxy: 'b', all_proxy: 'c', NO_PROXY: 'd' }).proxy).toEqual({
    http: 'b',
    https: 'c',
    except: 'd',
  })
})

test('this process has a home, a folder and variables', () => {
  const { variables, home, currentFolder, searchPath } = readEnvironment()
  expect(variables.PATH).toBe(process.env.PATH)
  expect([home.length > 0, currentFolder, searchPath]).toEqual([true, process.cwd(), process.env.PATH ?? ''])
})

test('what is OpenTelemetry’s is handed on, and nothing else', () => {
  const { openTelemetry } = make({ OTEL_SERVICE_NAME: 'x', OTEL_EXPORTER_OTLP_HEADERS: 'a=b', HOTEL_KEY: 'y' })
  expect(openTelemetry).toEqual({ OTEL_SERVICE_NAME: 'x', OTEL_EXPORTER_OTLP_HEADERS: 'a=b' })
})
