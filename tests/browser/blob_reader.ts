import type { ReadFile } from '../../src/model/import/folder_files'

/** Files outside of this page's memory, as those of a server are. */
export function reader(files: Readonly<Record<string, Uint8Array>>): ReadFile {
  const blobs = new Map(Object.entries(files).map(([path, bytes]) => [path, new Blob([bytes.slice()])]))
  return async (path) => {
    const blob = blobs.get(path)
    return blob === undefined ? null : new Uint8Array(await blob.arrayBuffer())
  }
}
