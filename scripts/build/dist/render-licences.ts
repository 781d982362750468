import { version } from '../../../src/config/version.ts'
import type { Component } from './component.ts'

const rule = '='.repeat(120)

/** The text of LICENSES.txt: a list of everything, then each text once, with the names of all that it is for. */
export function renderLicences(target: string, own: string, components: readonly Component[]): string {
  const all = withParts(components)
  const sections = new Map<string, Component[]>()
  for (const component of all) {
    const text = component.texts.join('\n')
    sections.set(text, [...(sections.get(text) ?? []), component])
  }
  return [
    `Hearth ${version} for ${target} is under the Apache License 2.0, which stands first. In it is work of others, under the`,
    'licences that follow. JavaScriptCore and TinyCC, which Bun is linked with, are under the GNU Library (Lesser) General Public',
    'License: the section on Bun says where their source is, and how Bun and Hearth are made with a changed one.',
    'Models, drivers of GPUs and NVIDIA’s CUDA runtime and cuBLAS are not in it: they have licences of their own.',
    '',
    ...all.map((component) => `  ${titleOf(component)}`),
    '',
    section([`Hearth ${version}`], own),
    ...[...sections].map(([text, of]) => section(of.map(titleOf), text)),
  ].join('\n')
}

/** All components, with those that are parts of others right after these. */
export const withParts = (components: readonly Component[]): readonly Component[] =>
  components.flatMap((component) => [component, ...withParts(component.parts ?? [])])

const titleOf = ({ name, version: which, licence }: Component) => `${which ? `${name} ${which}` : name}: ${licence}`

const section = (titles: readonly string[], text: string) =>
  `${rule}\n${titles.join('\n')}\n${rule}\n\n${text.trim()}\n`
