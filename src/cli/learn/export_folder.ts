import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ColloquyError } from '../../errors'
import type { RunEvent } from '../../ilr/events'
import { readableFiles } from '../../runs/export/readable_files'
import { EXTENSION } from '../../runs/file/parts'
import { readRunFile } from '../../runs/file/read_run_file'
import { adapterFolder } from '../../trl/files'

type AdapterEvent = Extract<RunEvent, { type: 'adapter' }>

/** Says in an adapter's README which adapter it is. */
const WRITTEN: Readonly<Record<AdapterEvent['writes'], (peer: string) => string>> = {
  everything: (peer) => `${peer} wrote its answers and its part in discussions with this adapter.`,
  answers: (peer) =>
    `${peer} answered alone with this adapter. It wrote its part in discussions with another one or with none.`,
  discussions: (peer) =>
    `${peer} analyzed others' ideas and wrote fused answers with this adapter. It answered alone with the one in the folder above.`,
}

/** A folder that a command was told to write to. Everything rejects with ColloquyError `storage` where it cannot be written. */
export class ExportFolder {
  /** @param option that named it, for messages */
  constructor(
    readonly path: string,
    private readonly option: string,
  ) {}

  async write(name: string, content: string | Uint8Array): Promise<void> {
    const file = join(this.path, name)
    await this.trying(async () => {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, content)
    })
  }

  /** An adapter of a peer as PEFT reads it. */
  async adapter({ peer, writes, config, weights }: AdapterEvent): Promise<void> {
    const folder = adapterFolder(peer, writes)
    await this.write(`${folder}/README.md`, `${WRITTEN[writes](peer)}\n`)
    await this.write(`${folder}/adapter_config.json`, `${JSON.stringify(config, null, 2)}\n`)
    await this.write(`${folder}/adapter_model.safetensors`, Buffer.from(weights, 'base64'))
  }

  async trying(work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (cause) {
      throw new ColloquyError(
        {
          code: 'storage',
          what: `${this.option} ${this.path}`,
          found: `a folder that cannot be written (${(cause as NodeJS.ErrnoException).code})`,
          wanted: 'a folder that is there or can be made',
          todo: 'Name another one, or make room',
        },
        { cause },
      )
    }
  }
}

/** Told before the run, which may take hours. @throws ColloquyError `storage` where there can be no such folder */
export async function beginRunExport(path: string): Promise<ExportFolder> {
  const folder = new ExportFolder(path, '--export')
  await folder.trying(() => mkdir(path, { recursive: true }))
  return folder
}

/** Writes a run as a file, and what people and other programs read of it. */
export async function exportRun(
  folder: ExportFolder,
  { bytes }: Extract<RunEvent, { type: 'run-file' }>,
): Promise<void> {
  await folder.write(`run${EXTENSION}`, bytes)
  for (const [name, text] of readableFiles(readRunFile(bytes))) await folder.write(name, text)
}
