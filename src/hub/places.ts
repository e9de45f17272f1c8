/** Where models are to be found besides the project's own: told to whoever reads them, and no part of a configuration. */

/** A picked folder's files by their path; `File`s cross to workers. */
export type PickedFiles = Readonly<Record<string, File>>

export interface ModelPlaces {
  /** The hub's address, where it is another than the default. */
  readonly hub?: string
  /** Where downloaded models are: a folder in node; in a browser a URL they are served at, or its own cache where left out. */
  readonly cache?: string
  /** Folders that the visitor picked, by name. */
  readonly folders?: Readonly<Record<string, PickedFiles>>
}
