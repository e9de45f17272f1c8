import { closeSync, openSync, writeSync } from 'node:fs'
import { ColloquyError } from '../../errors'
import type { RunEvent } from '../../ilr/events'
import { jsonLine } from '../../runs/export/metrics'

/** A file of JSON lines, one per result; every line is on disk when `write` returns. */
export class JsonLines {
  private readonly file: number

  /** Empties or creates the file. @throws ColloquyError `storage` where it cannot be written. */
  constructor(private readonly path: string) {
    this.file = this.trying(() => openSync(path, 'w'))
  }

  write(event: RunEvent): void {
    const line = jsonLine(event)
    if (line !== null) this.trying(() => writeSync(this.file, `${line}\n`))
  }

  close(): void {
    closeSync(this.file)
  }

  private trying<T>(work: () => T): T {
    try {
      return work()
    } catch (cause) {
      const found = `a file that cannot be written (${(cause as NodeJS.ErrnoException).code})`
      const todo = 'Name a file in a folder that exists and that you may write to'
      throw new ColloquyError(
        { code: 'storage', what: `--json ${this.path}`, found, wanted: 'a writable file', todo },
        { cause },
      )
    }
  }
}
