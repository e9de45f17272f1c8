/** `--export-trl DIR`: a folder in which TRL goes on with what a run has learned. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openCodeJudge } from '../../workers/node_judge'
import { openTask } from '../../workers/open_task'
import { readFolder } from '../../workers/read_folder'
import { ColloquyError } from '../errors'
import type { RunEvent } from '../ilr/events'
import type { RunConfig } from '../runs/config'
import { adapterFolder, assertExportable, trlFiles } from '../trl/files'
import { ROOT } from './site'

const SCRIPTS = ['train.py', 'reward.py']

export class TrlExport {
  private constructor(readonly folder: string) {}

  /**
   * Writes what is known before the run: questions, settings and scripts.
   * @throws ColloquyError `config` where the task cannot be exported, `task` where its questions cannot be read, `storage` where
   *   the folder cannot be written
   */
  static async begin(config: RunConfig, folder: string): Promise<TrlExport> {
    assertExportable(config)
    const readText = async (file: string) => new TextDecoder().decode(await readFolder(ROOT, '.')(file))
    const open = await openTask(config, { readText, openJudge: openCodeJudge })
    const begun = new TrlExport(folder)
    for (const [path, text] of trlFiles(config, open.task)) await begun.write(path, text)
    for (const script of SCRIPTS)
      await begun.trying(() => copyFile(join(ROOT, 'src/trl', script), join(folder, script)))
    open.close()
    return begun
  }

  async adapter({ peer, config, weights }: Extract<RunEvent, { type: 'adapter' }>): Promise<void> {
    const folder = adapterFolder(peer)
    await this.write(`${folder}/adapter_config.json`, `${JSON.stringify(config, null, 2)}\n`)
    await this.write(`${folder}/adapter_model.safetensors`, Buffer.from(weights, 'base64'))
  }

  private async write(path: string, content: string | Uint8Array): Promise<void> {
    const file = join(this.folder, path)
    await this.trying(() => mkdir(dirname(file), { recursive: true }))
    await this.trying(() => writeFile(file, content))
  }

  private async trying(work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (cause) {
      throw new ColloquyError(
        {
          code: 'storage',
          what: `--export-trl ${this.folder}`,
          found: `a folder that cannot be written (${(cause as NodeJS.ErrnoException).code})`,
          wanted: 'a folder that is there or can be made',
          todo: 'Name another one, or make room',
        },
        { cause },
      )
    }
  }
}
