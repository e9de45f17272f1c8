import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openCodeJudge } from '../../../workers/node/node_worker'
import { readFolder } from '../../../workers/node/read_folder'
import { openTask } from '../../../workers/open_task'
import type { RunConfig } from '../../config/config'
import { requiredFile } from '../../model/import/folder_files'
import { assertExportable, trlFiles } from '../../trl/files'
import { ROOT } from '../site/site'
import { ExportFolder } from './export_folder'

/** `reward.py` and the modules that it imports. */
const REWARD = ['reward', 'answers', 'tidy', 'written_numbers', 'formula', 'values']
const SCRIPTS = ['train', ...REWARD].map((name) => `${name}.py`)

/**
 * Writes what TRL needs and is known before the run, questions, settings and scripts; adapters come when it is over.
 * @throws ColloquyError `config` where the task cannot be exported, `task` where its questions cannot be read, `storage` where
 *   the folder cannot be written
 */
export async function beginTrlExport(config: RunConfig, path: string): Promise<ExportFolder> {
  assertExportable(config)
  const readFile = (file: string) => requiredFile(readFolder(ROOT, '.'), '.', file)
  const open = await openTask(config, { readFile, openJudge: openCodeJudge })
  const folder = new ExportFolder(path, '--export-trl')
  for (const [name, text] of trlFiles(config, open.task)) await folder.write(name, text)
  for (const script of SCRIPTS)
    await folder.trying(() => copyFile(join(ROOT, 'src/trl', script), join(path, script)))
  open.close()
  return folder
}
