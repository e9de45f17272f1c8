import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { agreeToHosts } from '../../src/cli/learn/agree_to_hosts'
import { presetConfig } from '../../src/config/presets'

const cache = mkdtempSync(join(tmpdir(), 'colloquy-hosts-'))
afterAll(() => rmSync(cache, { recursive: true }))

/** Returns the questions to a user with this answer. */
async function asked(settings: Parameters<typeof presetConfig>[1], answer: string | null, yes = false) {
  const questions: string[] = []
  const terminal = {
    out: { write: () => true },
    ask: async (question: string) => {
      questions.push(question)
      return answer
    },
  }
  const options = { hub: 'https://hub.example', cache, yes }
  const outcome = await agreeToHosts(presetConfig('duet', settings), options, terminal).then(
    () => 'agreed',
    (error: Error) => error.message,
  )
  return { questions, outcome }
}

const remote = {
  task: 'question-file',
  questionFile: 'https://questions.example/a.jsonl',
  peers: [
    { id: 'a', source: 'hub:o/a' },
    { id: 'b', source: 'https://models.example/b' },
  ],
} as const

it('a run from a file contacts no host before the user agrees to it', async () => {
  const settings = { ...remote, peers: [...remote.peers] }
  const { questions, outcome } = await asked(settings, 'y')
  expect(outcome).toBe('agreed')
  expect(questions).toEqual([expect.stringContaining('hub.example, models.example, questions.example')])
  expect((await asked(settings, 'n')).outcome).toContain('--resume: found a no')
  expect((await asked(settings, null)).outcome).toContain('Say --yes')
  expect(await asked(settings, null, true)).toEqual({ questions: [], outcome: 'agreed' })
})

it('a run with local parts only asks for no consent', async () => {
  expect(await asked({}, null)).toEqual({ questions: [], outcome: 'agreed' })
  const file = { task: 'question-file', questionFile: 'questions.jsonl' } as const
  expect(await asked(file, null)).toEqual({ questions: [], outcome: 'agreed' })
})
