import { ColloquyError } from '../../errors'

/** The small files of a model folder. Everyone who reads, lists or downloads a folder goes by these lists. */
export const REQUIRED_FILES: readonly string[] = ['config.json', 'tokenizer.json', 'tokenizer_config.json']
export const OPTIONAL_FILES: readonly string[] = ['generation_config.json', 'chat_template.jinja']

/**
 * Bytes of a file, by its path within the folder; null where the folder has no such file. Every other trouble rejects, with
 * ColloquyError: a file that cannot be read is not one that is missing.
 */
export type ReadFile = (path: string) => Promise<Uint8Array | null>

/** A file that the folder must have. @throws ColloquyError `model-file` where it has none */
export async function requiredFile(read: ReadFile, folder: string, path: string): Promise<Uint8Array> {
  const bytes = await read(path)
  if (bytes !== null) return bytes
  throw new ColloquyError({
    code: 'model-file',
    what: `${folder}/${path}`,
    found: 'no such file',
    wanted: 'a model file',
    todo: 'Check the name of the model folder and that it is complete',
  })
}
