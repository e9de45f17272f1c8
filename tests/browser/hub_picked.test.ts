/** Folders that the visitor picks, with the browser's real handles (of its private file system) and files. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { folderOfFiles, folderOfHandle, pickedFolder } from '../../src/hub/pick_folder'
import { fetchFolder } from '../../workers/browser/fetch_folder'

let root: FileSystemDirectoryHandle

beforeEach(async () => {
  const top = await navigator.storage.getDirectory()
  root = await top.getDirectoryHandle('picked', { create: true })
})
afterEach(async () => {
  await (await navigator.storage.getDirectory()).removeEntry('picked', { recursive: true })
})

async function write(folder: FileSystemDirectoryHandle, name: string, text: string): Promise<void> {
  const file = await (await folder.getFileHandle(name, { create: true })).createWritable()
  await file.write(text)
  await file.close()
}

const text = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes ?? undefined)

it('a picked folder is read as a model, even when the model lies deeper', async () => {
  const model = await root.getDirectoryHandle('snapshot', { create: true })
  await write(root, 'notes.txt', 'x')
  await write(model, 'config.json', '{}')
  await write(await model.getDirectoryHandle('onnx', { create: true }), 'model_q4.onnx', 'weights')
  const picked = await folderOfHandle(root)
  expect(picked.name).toBe('picked')
  expect(Object.keys(picked.files).sort()).toEqual(['config.json', 'onnx/model_q4.onnx'])
  expect(text(await picked.read('onnx/model_q4.onnx'))).toBe('weights')
  expect(await picked.read('tokenizer.json')).toBeNull()

  // Cloned files, as a peer worker gets them.
  const places = { folders: { picked: structuredClone(picked.files) } }
  expect(text(await fetchFolder(location.href, 'folder:picked', places)('onnx/model_q4.onnx'))).toBe(
    'weights',
  )
  await expect(fetchFolder(location.href, 'folder:other', places)('config.json')).rejects.toThrow(
    'a folder that was not picked here',
  )
})

it('the files of an input are a folder', async () => {
  const file = (path: string) => {
    const made = new File([path], path.split('/').at(-1) ?? '')
    Object.defineProperty(made, 'webkitRelativePath', { value: path })
    return made
  }
  const picked = folderOfFiles([file('ada/onnx/model_q4.onnx'), file('ada/config.json')])
  expect(picked.name).toBe('ada')
  expect(text(await picked.read('onnx/model_q4.onnx'))).toBe('ada/onnx/model_q4.onnx')
})

it('a folder without a model is an error', async () => {
  await write(root, 'photo.jpg', 'x')
  await expect(folderOfHandle(root)).rejects.toThrow(
    'folder "picked": found 1 file, config.json not among them',
  )
  expect(() => pickedFolder('empty', {})).toThrow('found no files')
})

it('a file that was removed later is an error', async () => {
  await write(root, 'config.json', '{}')
  const picked = await folderOfHandle(root)
  await root.removeEntry('config.json')
  await expect(picked.read('config.json')).rejects.toThrow('Pick the folder again')
})
