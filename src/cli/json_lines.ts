import { closeSync, openSync, writeSync } from 'node:fs'
import { ColloquyError } from '../errors'
import type { RunEvent } from '../ilr/events'

/**
 * The JSON line of an event, or null where it has none: progress, live text and what the run says about itself in words
 * are not results. But for `run` and `exchange`, whose content stands in the line itself, a line is the event as it is.
 */
export function jsonLine(event: RunEvent): string | null {
  switch (event.type) {
    case 'run':
      return JSON.stringify({ type: 'run', ...event.config })
    case 'exchange':
      return JSON.stringify({ type: 'exchange', step: event.step, ...event.exchange })
    case 'repeats':
    case 'step':
    case 'eval':
    case 'best':
    case 'done':
      return JSON.stringify(event)
    default:
      return null
  }
}

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
