import { NtExecutable, NtExecutableResource, Resource } from 'resedit'

/** What Windows shows as the properties of a program. */
export interface WindowsProperties {
  readonly name: string
  readonly description: string
  /** `1.2.3`, with or without what comes before a release. */
  readonly version: string
  /** Of the file as it is published. */
  readonly fileName: string
}

/**
 * Answers a runtime for Windows with these properties in place of its maker's, without a company. Its signature, which would fit no
 * longer, is left out, and everything else stays where it is. Throws for a file that is no program for Windows or has no properties.
 */
export function withProperties(runtime: Uint8Array, properties: WindowsProperties): Buffer {
  const program = NtExecutable.from(runtime, { ignoreCert: true })
  const resources = NtExecutableResource.from(program)
  const [info] = Resource.VersionInfo.fromEntries(resources.entries)
  const [language] = info?.getAllLanguagesForStringValues() ?? []
  if (!info || !language) throw new Error('the runtime for Windows has no properties')
  const { name, description, version, fileName } = properties
  const [major, minor, patch] = version.split(/[.+-]/, 3).map(Number) as [number, number, number]
  info.removeAllStringValues(language)
  info.setFileVersion(major, minor, patch, 0, language.lang)
  info.setProductVersion(major, minor, patch, 0, language.lang)
  info.setStringValues(language, {
    FileDescription: description,
    FileVersion: version,
    InternalName: fileName.replace(/\.exe$/, ''),
    OriginalFilename: fileName,
    ProductName: name,
    ProductVersion: version,
  })
  info.outputToResourceEntries(resources.entries)
  resources.outputResource(program)
  return Buffer.from(program.generate())
}
