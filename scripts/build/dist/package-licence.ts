import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from '../../project-folder.ts'
import { MissingLicence } from './component.ts'
import type { InstalledPackage } from './executable-contents.ts'

/** Texts that packages do not hold themselves. */
const licencesFolder = join(projectFolder, 'packaging', 'licences')

const licenceNames = /^(?:licen[cs]e|copying|notice)(?:[-.](?:mit|apache|bsd))?(?:\.(?:md|txt))?$/i

/** Files of a package that are in the executable and come with a notice of their own. */
const noticesOf: Readonly<Record<string, readonly string[]>> = {
  'swagger-ui-dist': ['swagger-ui-bundle.js.LICENSE.txt'],
}

/** The licence texts and notices of a package, from its own folder. Throws `MissingLicence` where there are none. */
export function packageTexts({ name, folder }: InstalledPackage): readonly string[] {
  const own = readdirSync(folder)
    .filter((file) => licenceNames.test(file))
    .sort()
  const notices = noticesOf[name] ?? []
  const lost = notices.find((file) => !existsSync(join(folder, file)))
  if (lost)
    throw new MissingLicence(`The package ${name} has no file ${lost} any more: look where its notices are now.`)
  if (own.length > 0) return [...own, ...notices].map((file) => readText(join(folder, file)))
  return [keptText(join('npm', `${name.replace('/', '+')}.txt`), name)]
}

/** A text of packaging/licences. Throws `MissingLicence` where it is not there. */
export function keptText(file: string, of: string): string {
  const path = join(licencesFolder, file)
  if (existsSync(path)) return readText(path)
  throw new MissingLicence(
    `There is no licence text of ${of}: put it into packaging/licences/${file.replaceAll('\\', '/')}.`,
  )
}

/** What a package says its licence is. Throws `MissingLicence` where it says nothing. */
export function packageLicence({ name, folder }: InstalledPackage): string {
  const { license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { license?: unknown }
  if (typeof license === 'string' && license !== '' && !license.startsWith('SEE LICENSE')) return license
  throw new MissingLicence(`The package ${name} does not say what its licence is.`)
}

/** As it stands, with the ends of lines that the rest of the file has. */
const readText = (path: string) => `${readFileSync(path, 'utf8').replace(/\r\n?/g, '\n').trim()}\n`
