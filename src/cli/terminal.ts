/** Where a command asks and reports. */
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

/** What an error says where there is no yes. */
interface Refusal {
  readonly what: string
  readonly wanted: string
  /** What to do after a no; where nobody could be asked, `--yes` helps. */
  readonly todo: string
}

/** @throws ColloquyError `download` where the answer is not yes, or nobody can be asked */
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
