/** Something that is in an executable, made by us or by others: one section of LICENSES.txt, one component of the bill of materials. */
export interface Component {
  /** What it is called where it comes from: the name of the npm package, or of the project. */
  readonly name: string
  readonly kind: 'platform' | 'library' | 'framework'
  /** Absent: nobody says which one. */
  readonly version?: string
  /** Package URL; absent: it is published nowhere as a package. */
  readonly purl?: string
  /** An SPDX licence expression. */
  readonly licence: string
  /** The licence texts and notices, each as it stands; at least one. */
  readonly texts: readonly string[]
  /** Of the package as the registry has it, in hexadecimal. */
  readonly sha512?: string
  /** Files of it that are carried one by one. */
  readonly files?: readonly ComponentFile[]
  /** What it is linked with, and so is in it. */
  readonly parts?: readonly Component[]
  /** What is different from what its maker publishes, or unsure; a sentence. */
  readonly note?: string
}

export interface ComponentFile {
  readonly name: string
  readonly bytes: number
  /** In hexadecimal. */
  readonly sha256: string
}

/** Something would be shipped without its licence; the message says what is missing and where it is looked for. */
export class MissingLicence extends Error {}
