import { expect, test } from 'bun:test'
import { isTest, sourceFiles } from './source-files.ts'

/** Longer than people like to read, with the reason why it is so. */
const exceptions: Readonly<Record<string, string>> = {
  'src/core/errors.ts': 'a table: one row an error',
  'src/config/options.ts': 'a table: one row an option',
}

const files = sourceFiles('src').filter((file) => !isTest(file) && !/\.(gen|wire)\.ts$/.test(file.path))
const measured = files.filter(({ path }) => !(path in exceptions))

test('half of the files have at most 100 lines, nine in ten at most 250', () => {
  const sizes = measured.map(({ lines }) => lines.length).sort((left, right) => left - right)
  expect(sizes[Math.floor(sizes.length * 0.5)]).toBeLessThanOrEqual(100)
  expect(sizes[Math.floor(sizes.length * 0.9)]).toBeLessThanOrEqual(250)
})

test('no file has more than 400 lines', () => {
  expect(measured.filter(({ lines }) => lines.length > 400).map(({ path }) => path)).toEqual([])
})

test('no function has more than 40 lines between its braces', () => {
  expect(measured.flatMap(longFunctions)).toEqual([])
})

test('no exported function takes more than three parameters by position', () => {
  const wrong = measured.flatMap(({ path, text }) =>
    [...text.matchAll(/^export (?:async )?function\*? (\w+)(?:<[^(]*>)?\(([^)]*)\)/gm)]
      .filter(([, , parameters = '']) => countParameters(parameters) > 3)
      .map(([, name]) => `${path}: ${name}`),
  )
  expect(wrong).toEqual([])
})

test('every exception is still needed', () => {
  const unneeded = Object.keys(exceptions).filter(
    (path) => (files.find((file) => file.path === path)?.lines.length ?? 0) <= 150,
  )
  expect(unneeded).toEqual([])
})

/** By the indentation that the formatter gives: a function's last line is a brace as deep as its first. */
function longFunctions({ path, lines }: { path: string; lines: readonly string[] }): readonly string[] {
  const starts =
    /^( *)(?:export )?(?:default )?(?:async )?(?:function\b|(?:static |override |get |set )*[#\w]+\([^)]*\)[^=;]*\{$)/
  return lines.flatMap((line, first) => {
    const indent = starts.exec(line)?.[1]
    if (indent === undefined || /^ *(if|for|while|switch|catch|return|else)\b/.test(line)) return []
    const last = lines.findIndex((other, index) => index > first && other.startsWith(`${indent}}`))
    return last - first - 1 > 40 ? [`${path}:${first + 1} (${last - first - 1} lines)`] : []
  })
}

/** Commas inside of braces, brackets and type arguments part nothing. */
function countParameters(text: string): number {
  let depth = 0
  let count = text.trim() === '' ? 0 : 1
  for (const [index, letter] of [...text.replace(/,\s*$/, '')].entries()) {
    if ('({[<'.includes(letter)) depth++
    else if (')}]'.includes(letter) || (letter === '>' && text[index - 1] !== '=')) depth--
    else if (letter === ',' && depth === 0) count++
  }
  return count
}
