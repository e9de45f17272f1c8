import { Tokenizer } from '@huggingface/tokenizers'
import { describe, expect, it } from 'vitest'
import { batch } from '../../src/pretrain/curriculum'
import { embeddedConfig } from '../../src/pretrain/model_folder'
import { type PeerProfile, PROFILES } from '../../src/pretrain/profiles'
import { corpusEncoder, tokenizerConfig, tokenizerFile } from '../../src/pretrain/tokenizer'
import { seedKey } from '../../src/random'
import { mixed } from '../../src/tasks/mixed'
import { halves, splitOf } from '../../src/tasks/word_problems'
import { needsOf, skillOf, solvedByHand } from './tasks_by_hand'

const { maxPositions } = embeddedConfig(3)
const encoder = corpusEncoder(maxPositions)
const tokenizer = new Tokenizer(tokenizerFile(), tokenizerConfig(maxPositions))
const STEPS = 30

function corpus(profile: PeerProfile, seed = 2) {
  const documents = Array.from({ length: STEPS }, (_, step) =>
    batch(profile, encoder, seedKey(seed), step, step / STEPS),
  ).flat()
  return documents.map((one) => ({ ...one, text: tokenizer.decode(one.ids) }))
}
const questionOf = (text: string) => /^Question: (.*)$/m.exec(text)?.[1] ?? null
const answerOf = (text: string) => /#### (\d+)(?:<eos>)?$/.exec(text)?.[1] ?? null

/** Peers of `mixed` have a corpus of their own: see `mixed_corpus.test.ts`. */
const OLDER = PROFILES.filter(({ task }) => task !== mixed)

describe.each(OLDER)('the curriculum of $id', (profile) => {
  const documents = corpus(profile)
  const asked = documents.flatMap(({ text }) => {
    const question = questionOf(text)
    return question === null ? [] : [{ question, text }]
  })

  it('is the same for the same key', () => {
    const of = (seed: number) => batch(profile, encoder, seedKey(seed), 3, 0.5)
    expect(of(2)).toEqual(of(2))
    expect(of(3)).not.toEqual(of(2))
  })

  it('has questions of the training split only', () => {
    expect(asked.length).toBeGreaterThan(100)
    const splits = asked.map(({ question }) => {
      const operands = (question.match(/\d+/g) ?? []).map(Number)
      return splitOf(skillOf(question, profile.task), 1, operands)
    })
    expect(new Set(splits)).toEqual(new Set(['train']))
    // Numbers of the ood level are different: see the task's tests.
    const known = asked.map(({ question }) => skillOf(question, profile.task))
    expect(new Set(known)).toEqual(new Set(profile.task.skills))
  })

  it('shows no right solo answer where a skill is to be missing, and only right ones elsewhere', () => {
    const solo = asked.filter(({ text }) => text.includes('Answer:\n'))
    const lacking = solo.filter(({ question }) =>
      needsOf(question, profile.task).some((reading) => profile.missing.includes(reading)),
    )
    expect(lacking.length).toBeGreaterThan(10)
    const right = ({ question, text }: (typeof solo)[number]) =>
      answerOf(text) === String(solvedByHand(question, profile.task))
    expect(lacking.filter(right)).toEqual([])
    expect(solo.filter((one) => !lacking.includes(one) && !right(one))).toEqual([])
  })

  it('ends discussions in the right answer wherever an idea has it', () => {
    const discussions = asked.filter(({ text }) => /\n(Combine|Decide|Answer again):\n/.test(text))
    expect(discussions.length).toBeGreaterThan(40)
    let shown = 0
    for (const { question, text } of discussions) {
      const wanted = String(solvedByHand(question, profile.task))
      const ideas = [...text.matchAll(/^(?:Mine|Theirs(?: \d)?): (?:.*)#### (\d+)$/gm)].map(
        (match) => match[1],
      )
      expect(ideas.length).toBeGreaterThan(1)
      if (!ideas.includes(wanted)) continue
      shown++
      expect(answerOf(text), text).toBe(wanted)
    }
    expect(shown).toBeGreaterThan(10)
  })

  it('counts every token of an answer but none of a prompt, and fits the model', () => {
    const room = embeddedConfig(profile.layers).maxPositions
    for (const { ids, weights } of documents) {
      expect(ids.length).toBeLessThanOrEqual(room)
      expect(weights.length).toBe(ids.length)
    }
    const solo = documents.find(({ text }) => text.includes('Answer:\n'))
    const counted = tokenizer.decode(solo?.ids.filter((_, i) => (solo.weights[i] ?? 0) > 0) ?? [])
    expect(counted).toMatch(/^[\d+\-*=. ]+#### \d+<eos>$/)
  }, 20_000)
})

describe.each(PROFILES.filter(({ task }) => task === halves))('fusing in the corpus of $id', (profile) => {
  const discussions = [2, 3]
    .flatMap((seed) => corpus(profile, seed))
    .flatMap(({ text }) => {
      const question = questionOf(text)
      const ideas = [...text.matchAll(/^(?:Mine|Theirs): (.*#### \d+)$/gm)].map((match) => match[1])
      if (question === null || ideas.length < 2) return []
      if (!/\n(Combine|Decide|Answer again):\n/.test(text)) return []
      const [, bags, each] = /(\d+) (?:bags|boxes) of (\d+)/.exec(question) ?? []
      const [had, lost] = (question.replace(/\d+ (?:bags|boxes) of \d+/, '').match(/\d+/g) ?? []).map(Number)
      const product = `${bags}*${each}=${Number(bags) * Number(each)}`
      const difference = `${had}-${lost}=${had - lost}`
      const has = (part: string) => ideas.some((idea) => idea.split('. ').includes(part))
      const right = answerOf(text) === String(solvedByHand(question, halves))
      return [{ text, right, bags: has(product), lose: has(difference) }]
    })
  const [lacked] = profile.missing
  const other = lacked === 'bags' ? 'lose' : 'bags'

  it('combines two half-right ideas', () => {
    const both = discussions.filter((one) => one.bags && one.lose)
    expect(both.length).toBeGreaterThan(30)
    expect(both.filter(({ right }) => !right)).toEqual([])
  })
  it('leaves wrong what no idea has right, and corrects what the peer can do', () => {
    const nobody = discussions.filter((one) => !one[lacked as 'bags' | 'lose'])
    expect(nobody.length).toBeGreaterThan(10)
    expect(nobody.filter(({ right }) => right)).toEqual([])
    const slipped = discussions.filter((one) => one[lacked as 'bags' | 'lose'] && !one[other])
    expect(slipped.filter(({ right }) => !right)).toEqual([])
  })
})
