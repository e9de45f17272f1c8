/** Model folders that the visitor picks or drops on the page. Nothing leaves the machine. */
import { ColloquyError } from '../errors'
import type { ReadFile } from '../model/import/folder_files'
import { badFile } from './context'
import type { PickedFiles } from './source'

export interface PickedFolder {
  readonly name: string
  readonly files: PickedFiles
  readonly read: ReadFile
}

/** Browser APIs that TypeScript does not list yet. */
interface PickerWindow {
  showDirectoryPicker?(options: { id: string; mode: 'read' }): Promise<FileSystemDirectoryHandle>
}
interface IterableDirectory {
  values(): AsyncIterable<FileSystemHandle>
}

/** Depth limit; deeper folders hold no model. */
const DEEPEST = 4
const MOST_FILES = 2000

/**
 * Whether this browser has a directory picker. Without one, use `<input webkitdirectory>` and
 * `folderOfFiles`.
 */
export function canPickFolder(): boolean {
  return 'showDirectoryPicker' in globalThis
}

/**
 * Asks the visitor for a folder; null where they cancel.
 * @throws ColloquyError `backend` where the browser has no directory picker, `model-file` where the folder
 * has no model
 */
export async function pickFolder(): Promise<PickedFolder | null> {
  const picker = globalThis as PickerWindow
  if (!picker.showDirectoryPicker)
    throw new ColloquyError({
      code: 'backend',
      what: 'directory picker',
      found: 'a browser without it',
      wanted: 'a folder',
      todo: 'Drop the folder on the page, or choose its files',
    })
  try {
    return await folderOfHandle(await picker.showDirectoryPicker({ id: 'model', mode: 'read' }))
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null
    throw error
  }
}

/**
 * Reads the folder of a handle, from a picker or IndexedDB.
 * @throws ColloquyError `model-file` where it has no model
 */
export async function folderOfHandle(handle: FileSystemDirectoryHandle): Promise<PickedFolder> {
  const files: Record<string, File> = {}
  await addHandle(handle, '', files, 0)
  return pickedFolder(handle.name, files)
}

async function addHandle(
  handle: FileSystemDirectoryHandle,
  path: string,
  files: Record<string, File>,
  depth: number,
): Promise<void> {
  for await (const entry of (handle as unknown as IterableDirectory).values()) {
    if (Object.keys(files).length >= MOST_FILES) return
    const at = path + entry.name
    if (entry.kind === 'file') files[at] = await (entry as FileSystemFileHandle).getFile()
    else if (depth < DEEPEST && !entry.name.startsWith('.'))
      await addHandle(entry as FileSystemDirectoryHandle, `${at}/`, files, depth + 1)
  }
}

/**
 * Reads the folder chosen in an `<input type="file" webkitdirectory>`.
 * @throws ColloquyError `model-file` where it has no model
 */
export function folderOfFiles(list: Iterable<File>): PickedFolder {
  const files: Record<string, File> = {}
  let name = 'model'
  for (const file of list) {
    const [top, ...rest] = (file.webkitRelativePath || file.name).split('/')
    if (rest.length > 0) name = top
    files[rest.length > 0 ? rest.join('/') : top] = file
  }
  return pickedFolder(name, files)
}

/**
 * Reads a dropped folder, or dropped files of a folder. Call it in the drop handler: later the items are
 * gone.
 * @throws ColloquyError `model-file` where there is no model in it
 */
export async function folderOfDrop(drop: DataTransfer): Promise<PickedFolder> {
  const entries = [...drop.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null)
  const files: Record<string, File> = {}
  const only = entries.length === 1 && entries[0].isDirectory ? entries[0] : null
  for (const entry of entries) await addEntry(entry, only ? '' : entry.name, files, 0)
  return pickedFolder(only?.name ?? 'model', files)
}

async function addEntry(
  entry: FileSystemEntry,
  path: string,
  files: Record<string, File>,
  depth: number,
): Promise<void> {
  if (entry.isFile) {
    files[path] = await new Promise((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
    return
  }
  if (depth > DEEPEST || entry.name.startsWith('.')) return
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  for (;;) {
    // A reader returns its entries in portions; the last portion is empty.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (some.length === 0 || Object.keys(files).length >= MOST_FILES) return
    for (const child of some)
      await addEntry(child, path === '' ? child.name : `${path}/${child.name}`, files, depth + 1)
  }
}

/**
 * Finds the model in these files: the folder of the uppermost `config.json`.
 * @throws ColloquyError `model-file` where there is none
 */
export function pickedFolder(name: string, all: PickedFiles): PickedFolder {
  const configs = Object.keys(all).filter((path) => /(^|\/)config\.json$/.test(path))
  configs.sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1))
  const paths = Object.keys(all)
  if (configs.length === 0)
    throw badFile(
      `folder "${name}"`,
      paths.length === 0
        ? 'no files'
        : `${paths.length} ${paths.length === 1 ? 'file' : 'files'}, config.json not among them`,
      'a model folder as on the hub: config.json, tokenizer.json, tokenizer_config.json and onnx/',
      'Choose the folder that has these files',
    )
  const root = configs[0].slice(0, -'config.json'.length)
  const below = paths.filter((path) => path.startsWith(root))
  const files = Object.fromEntries(below.map((path) => [path.slice(root.length), all[path]]))
  return { name, files, read: readPicked(name, files) }
}

/** Reads a picked folder. The reader throws for a file that was changed or removed since. */
export function readPicked(name: string, files: PickedFiles | undefined): ReadFile {
  return async (path) => {
    const what = `folder:${name}/${path}`
    if (!files)
      throw badFile(what, 'a folder that was not picked here', 'its files', `Pick the folder "${name}"`)
    if (!Object.hasOwn(files, path)) return null
    try {
      return new Uint8Array(await files[path].arrayBuffer())
    } catch (cause) {
      throw badFile(
        what,
        `a file that cannot be read (${String(cause)})`,
        'the file as it was picked',
        'Pick the folder again',
      )
    }
  }
}
