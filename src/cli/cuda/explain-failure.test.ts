import { expect, test } from 'bun:test'
import { ServerError } from '../../core/errors.ts'
import { explainFailure } from './explain-failure.ts'

const failed = (code: string) => Object.assign(new Error(`${code}: no`), { code })

test('what stops an installation is told with what helps there, not with the folder of models', () => {
  const facts = { path: '/data/cuda/.new-13', needBytes: 558e6, freeBytes: 2e6, reserveBytes: 64e6 }
  expect(explainFailure(new ServerError('disk_full', facts), '/data/cuda')).toMatchObject({
    message: 'The disk of /data/cuda has 2.00 MB free, and 622 MB are needed.',
    hint: 'Make room, or set HEARTH_HOME to a folder on another disk.',
  })
  const full = new ServerError('disk_full', { path: '/data', needBytes: 0, freeBytes: 0 })
  expect(explainFailure(full, '/data/cuda')).toMatchObject({ message: 'The disk of /data/cuda has 0 B free.' })
  for (const code of ['EROFS', 'EACCES', 'EPERM'])
    expect(explainFailure(failed(code), '/data/cuda', 'linux')).toMatchObject({
      message: `/data/cuda cannot be written (${code}).`,
      hint: expect.stringContaining('HEARTH_HOME'),
    })
  expect(explainFailure(failed('EBUSY'), 'C:\\cuda', 'win32')).toMatchObject({
    message: 'What lies in C:\\cuda is in use, or may not be changed (EBUSY).',
  })
  const other = failed('EIO')
  expect(explainFailure(other, '/data/cuda', 'linux')).toBe(other)
})
