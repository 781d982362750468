import { expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, relative } from 'node:path'
import process from 'node:process'
import { nameInPath, showTool } from './service-machine.ts'

test('the name in PATH that leads to the program is taken, and never a relative one', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-path-')))
  try {
    const [program, bin] = [join(folder, 'hearth-0.1.0'), join(folder, 'bin')]
    writeFileSync(program, '')
    mkdirSync(bin)
    symlinkSync(program, join(bin, 'hearth'))
    const near = relative(process.cwd(), bin)
    expect(nameInPath(program, ['', near, folder, bin].join(delimiter))).toBe(join(bin, 'hearth'))
    expect(nameInPath(program, near)).toBe(program)
    expect(nameInPath(program, '')).toBe(program)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('a tool that shows something ends with its code; one that is not there is named', async () => {
  expect(await showTool([process.execPath, '-e', 'process.exit(3)'])).toBe(3)
  const missing = showTool([join(tmpdir(), 'no-such-journalctl')])
  await expect(missing).rejects.toMatchObject({ name: 'CommandError', message: expect.stringContaining('journalctl') })
})
