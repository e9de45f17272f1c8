import { Tokenizer } from '@huggingface/tokenizers'
import { PreTrainedTokenizer } from '@huggingface/transformers'
import { describe, expect, it } from 'vitest'
import { tokenizerConfig, tokenizerFile } from '../../src/pretrain/tokenizer'
import { seedKey } from '../../src/random'
import { trueReviews, writeAnalysis } from '../../src/tasks/analysis'
import type { Split } from '../../src/tasks/task'
import { halves, wordProblems } from '../../src/tasks/word_problems'

const file = tokenizerFile()
const config = tokenizerConfig(256)
const tokenizer = new Tokenizer(file, config)
const transformers = new PreTrainedTokenizer(file, config)
const encode = (text: string) => tokenizer.encode(text, { add_special_tokens: true }).ids
const decode = (ids: number[]) => tokenizer.decode(ids, { skip_special_tokens: true })

/**
 * Returns every text that a run writes or reads about a question, with two and three peers: prompts and
 * completions of all stages.
 */
function textsOfRun(n: number): string[] {
  const splits: Split[] = ['train', 'validation', 'heldout', 'ood']
  const questions = [wordProblems, halves].flatMap((task) =>
    splits.flatMap((split) => task.questions(split, seedKey(5), n)),
  )
  return questions.flatMap((question, i) => {
    const mode = i % 2 === 0 ? 'cooperate' : 'compete'
    const own = `${question.steps.join('. ')}. #### ${question.answer}`
    const ideas = [own, question.steps[0].replace(/\d$/, '7'), own].slice(0, 2 + (i % 2))
    const analysis = writeAnalysis(trueReviews(ideas, question, mode))
    const discussion = { question, mode, own, others: ideas.slice(1), analysis } as const
    const { sharePrompt, analyzePrompt, fusePrompt, debatePrompt } = wordProblems
    const prompts = [analyzePrompt, fusePrompt, debatePrompt].map((prompt) => prompt(discussion))
    return [own, analysis, sharePrompt(question), ...prompts]
  })
}

describe('the embedded peers’ tokenizer', () => {
  // Words that occur only in the cues after the ideas are no tokens of this vocabulary, so they become
  // letters.
  const CUES = /^(Check together|Find the mistake|Answer again):$/gm

  it('decodes every text of a run unchanged, in one token per word except for cues', () => {
    for (const text of textsOfRun(16)) {
      expect(decode(encode(text))).toBe(text)
      const ids = encode(text.replace(CUES, ''))
      expect(ids).not.toContain(file.model.vocab['<unk>'])
      const words = text.match(/[A-Za-z]+/g) ?? []
      const letters = ids.filter((id) => /^[A-Za-z]$/.test(tokenizer.id_to_token(id) ?? ''))
      expect(letters, `${words.length} words of ${text}`).toEqual([])
    }
  })

  it('decodes any printable ASCII text unchanged', () => {
    const ascii = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('')
    for (const text of [ascii, '007 + 1234567 = 100;\n\n 0', 'Hello, world.  1.5 .5 99% a1b22c333'])
      expect(decode(encode(text))).toBe(text)
  })

  it('encodes an unknown character as one unknown token', () => {
    expect(tokenizer.encode('7é8').tokens).toEqual(['7', '<unk>', '8'])
  })

  it('distinguishes units, tens and hundreds, wherever the number stands', () => {
    const place = (text: string) => tokenizer.encode(text).tokens
    expect(place('5')).toEqual(['5'])
    expect(place('55')).toEqual(['⑤', '5'])
    expect(place('555')).toEqual(['❺', '⑤', '5'])
    expect(place('105+20=125')).toEqual(['❶', '⓪', '5', '+', '②', '0', '=', '❶', '②', '5'])
  })

  it('has ids without gaps, special tokens as such, and a small vocabulary', () => {
    const ids = Object.values(file.model.vocab).sort((a, b) => a - b)
    expect(ids).toEqual(ids.map((_, i) => i))
    expect(ids.length).toBeLessThanOrEqual(256)
    expect(decode([...encode('#### 5'), file.model.vocab['<eos>']])).toBe('#### 5')
  })

  it('gives the same ids and texts in transformers.js', () => {
    for (const text of textsOfRun(4)) {
      expect(transformers.encode(text)).toEqual(encode(text))
      expect(transformers.decode(encode(text), { skip_special_tokens: true })).toBe(text)
    }
  })
})
