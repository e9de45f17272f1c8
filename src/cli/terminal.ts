/** A command's terminal: questions, and a line of progress. */
import { createInterface } from 'node:readline/promises'
import { ColloquyError } from '../errors'

export interface Terminal {
  readonly out: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number }
  /** The answer to a question; null where nobody can be asked. */
  ask(question: string): Promise<string | null>
}

export const TERMINAL: Terminal = {
  out: process.stderr,
  async ask(question) {
    if (!process.stdin.isTTY || !process.stderr.isTTY) return null
    const lines = createInterface({ input: process.stdin, output: process.stderr })
    try {
      return await lines.question(question)
    } finally {
      lines.close()
    }
  },
}

const BAR = 24

/** A bar as wide in every command; `share` is in [0, 1]. */
export function barText(share: number): string {
  const filled = Math.min(BAR, Math.round(BAR * share))
  return `[${'='.repeat(filled)}${' '.repeat(BAR - filled)}]`
}

/** A line that is overwritten on a terminal; elsewhere it is never shown. */
export class StatusLine {
  private width = 0

  constructor(private readonly out: Terminal['out']) {}

  show(text: string): void {
    if (!this.out.isTTY) return
    const line = text.slice(0, Math.max(20, (this.out.columns ?? 80) - 1))
    this.out.write(`\r${line.padEnd(this.width)}`)
    this.width = line.length
  }

  /** Removes the line, so that something else can be printed. */
  clear(): void {
    if (this.width > 0) this.out.write(`\r${' '.repeat(this.width)}\r`)
    this.width = 0
  }
}

/** Parts of the error without a yes. */
interface Refusal {
  readonly what: string
  readonly wanted: string
  /** What to do after a no; where nobody could be asked, `--yes` helps. */
  readonly todo: string
}

/** @throws ColloquyError `download` if the answer is not yes, or nobody can be asked */
export async function askForYes(terminal: Terminal, question: string, refusal: Refusal): Promise<void> {
  const answer = await terminal.ask(`${question} [y/N] `)
  if (answer !== null && /^y(es)?$/i.test(answer.trim())) return
  throw new ColloquyError({
    code: 'download',
    what: refusal.what,
    found: answer === null ? 'nobody to ask (no terminal)' : 'a no',
    wanted: refusal.wanted,
    todo: answer === null ? 'Say --yes' : refusal.todo,
  })
}
