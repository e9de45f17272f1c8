/** `npm run questions`: see `QUESTIONS`. */
import { readFile } from 'node:fs/promises'
import { fetchFile, isAddress } from '../../workers/browser/fetch_file'
import { ColloquyError } from '../errors'
import { openQuestionFile } from '../tasks/file/open_question_file'
import { runCommand } from './command'
import type { Command } from './options'

const QUESTIONS = {
  usage: 'npm run questions --',
  about:
    'Shows what a run would understand of a question file: its format, the fields that it uses, the rows that it ' +
    'cannot use, and how many questions are for learning and for tests. Changes nothing.',
  argument: {
    value: 'FILE',
    help: 'A file or an address: JSON Lines, JSON, CSV, TSV or Parquet; also packed by gzip',
  },
  options: {
    rows: { value: 'N', help: 'Rows that cannot be used to name with their reasons', default: '10' },
  },
} satisfies Command

async function readOnDisk(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (cause) {
    const found = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : String(cause)
    throw new ColloquyError(
      { code: 'task', what: file, found, wanted: 'a question file', todo: 'Check its name' },
      { cause },
    )
  }
}

await runCommand(QUESTIONS, async (given) => {
  const [file] = given.args
  if (file === undefined) throw given.refusal('FILE', 'none', 'a question file')
  const bytes = await (isAddress(file) ? fetchFile(file) : readOnDisk(file))
  const { description } = await openQuestionFile(bytes, file, { reported: given.wholeNumber('rows') })
  const { summary, fields, problems, splits, examples } = description
  const lines = [`${file} is ${summary}.`, ...fields.map((each) => `${each}.`), `${splits}.`]
  if (problems.length > 0) lines.push('', 'Not used:', ...problems.map((each) => `  ${each}`))
  for (const { text, answer } of examples) lines.push('', text, `Answer: ${answer}`)
  console.log(lines.join('\n'))
})
