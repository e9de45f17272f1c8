import { existsSync, readdirSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { listedOutline, readOutline } from '../../hub/outline'
import { type DownloadPlan, remoteSource } from '../../hub/plan'
import type { ModelStore } from '../../hub/store'
import type { ModelOutline } from '../../model/import/outline'
import { ROOT } from '../site/site'

/**
 * What is known of a model before it is loaded: of a folder on disk, or of one that was looked up.
 * @param plan of a model that is downloaded
 * @returns null where nothing is: the folder is not there, say, which loading it will tell
 */
export async function outlineOfSource(
  text: string,
  plan: DownloadPlan | null,
  store: ModelStore,
  hub: string,
): Promise<ModelOutline | null> {
  const source = remoteSource(text)
  if (source !== null) return plan && listedOutline(source, plan.listing, store, hub)
  const folder = resolve(ROOT, text)
  const files = ['', 'onnx'].flatMap((part) => filesIn(folder, part))
  return readOutline(text, files, (path) => readFile(join(folder, path), 'utf8'))
}

function filesIn(folder: string, part: string) {
  const path = join(folder, part)
  if (!existsSync(path)) return []
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => {
      const path = part === '' ? name : `${part}/${name}`
      return { path, size: statSync(join(folder, path)).size, hash: null }
    })
}
