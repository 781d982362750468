import type { MemoryBytes } from '../../core/memory.ts'
import type { ModelKind } from '../../core/model.ts'
import type { SystemInfo } from '../../core/system.ts'

/** Everything that the checks look at. What could not be found out is absent. */
export interface DoctorFacts {
  readonly system: SystemInfo
  readonly native: NativePlace
  readonly config: {
    /** Absolute path; absent: there is none. */
    readonly file?: string
    /** Each a sentence with its place. */
    readonly problems: readonly string[]
  }
  readonly models: FolderState
  /** Those that are used beside it, and only read. */
  readonly otherFolders: readonly FolderState[]
  readonly data: FolderState
  readonly defaultModels: readonly DefaultModel[]
  /** Other files in the models folder that cannot be used, and folders that nothing can be taken from. */
  readonly unusableFiles: readonly { readonly path: string; readonly problem: string; readonly isFolder?: true }[]
  /** Whether serve fetches default models that are missing. */
  readonly isAutoPull: boolean
  readonly port: PortState
  /** Why a server would not start: others could use it without a key. */
  readonly openDoor?: { readonly message: string; readonly hint: string }
  /** Other servers of models that run on this machine. */
  readonly otherServers: readonly OtherServer[]
  /** Numbers of the processes that have the database of the data folder open, where the system tells. */
  readonly databaseUsers?: readonly number[]
  /** Files and connections that a process may have open at once. */
  readonly openFiles?: number
  /** Milliseconds since 1970. */
  readonly now: number
  /** Absent: nobody asked for it. */
  readonly hub?: HubState
}

export interface OtherServer {
  readonly name: string
  readonly port: number
  /** Whether the models that it has fetched are used here, too. */
  readonly areModelsUsed: boolean
}

/** Where native libraries are unpacked to, or lie. */
export interface NativePlace {
  readonly folder: string
  /** Whether HEARTH_NATIVE_DIR says so. */
  readonly isChosen: boolean
  /** Whether they have to be unpacked: they travel inside the executable. */
  readonly isUnpacked: boolean
  /** The mount point of the folder, where it forbids running what lies there. */
  readonly noExecMount?: string
}

export interface FolderState {
  /** Absolute. */
  readonly path: string
  readonly state: 'there' | 'absent' | 'unusable'
  /** Why it is unusable, in words that follow the path. */
  readonly problem?: string
  /** Of the folder, or of the nearest one above it that is there. */
  readonly isWritable: boolean
  readonly freeBytes?: number
}

export interface DefaultModel {
  readonly id: string
  readonly kind: ModelKind
  readonly state: 'installed' | 'missing' | 'unusable'
  readonly problem?: string
  /** Whether the catalog knows where to fetch it, and how large it is then. */
  readonly isCatalogued: boolean
  readonly sizeBytes?: number
  /** What it takes at least when it is loaded. */
  readonly least?: MemoryBytes
  readonly architecture?: string
}

export interface PortState {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** `hearth`: one answers there. `taken`: something else does. `refused`: this user may not listen there. */
  readonly state: 'free' | 'hearth' | 'taken' | 'refused'
  /** Of the Hearth that answers. */
  readonly version?: string
  /** What else answers, where it tells; why it is refused. */
  readonly detail?: string
}

export interface HubState {
  readonly endpoint: string
  /** HTTP status; absent: it was not reached. */
  readonly status?: number
  readonly problem?: string
  readonly hasToken: boolean
  /** Seconds that its clock is ahead of ours. */
  readonly clockAheadSeconds?: number
}
