import type { ReadFile } from '../../src/model/import/folder_files'

/** Reads files that lie outside this page's memory, as a server's do. */
export function reader(files: Readonly<Record<string, Uint8Array>>): ReadFile {
  const blobs = new Map(Object.entries(files).map(([path, bytes]) => [path, new Blob([bytes.slice()])]))
  return async (path) => {
    const blob = blobs.get(path)
    return blob === undefined ? null : new Uint8Array(await blob.arrayBuffer())
  }
}
