import { mkdir } from 'node:fs/promises'
import type { RunEvent } from '../../ilr/events'
import { readableFiles } from '../../runs/export/readable_files'
import { EXTENSION } from '../../runs/file/parts'
import { readRunFile } from '../../runs/file/read_run_file'
import { ExportFolder } from './export_folder'

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
