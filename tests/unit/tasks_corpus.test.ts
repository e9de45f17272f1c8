import { Tokenizer } from '@huggingface/tokenizers'
import { describe, expect, it } from 'vitest'
import { Trainer } from '../../src/model/trainer'
import type { DenseMatrix } from '../../src/model/weights'
import { batch } from '../../src/pretrain/curriculum'
import { corpusEncoder } from '../../src/pretrain/encoder'
import { misreading, rightIdea, slip } from '../../src/pretrain/ideas'
import { configJson, embeddedConfig, folderFiles } from '../../src/pretrain/model_folder'
import { PROFILES } from '../../src/pretrain/profiles'
import { movedBy, parameterCount, quantized, rounded } from '../../src/pretrain/quantized'
import { tokenizerConfig, tokenizerFile } from '../../src/pretrain/tokenizer'
import { Stream, seedKey } from '../../src/random'
import { splitOf, wordProblems } from '../../src/tasks/word_problems'

const [ada, bo] = PROFILES
const encoder = corpusEncoder(256)
const tokenizer = new Tokenizer(tokenizerFile(), tokenizerConfig(256))
const questions = wordProblems.questions('train', seedKey(11), 150)
const isRight = (question: (typeof questions)[number], idea: string) =>
  wordProblems.reward(question, idea).correct

describe('ideas of the corpus', () => {
  it('are right where they are meant to be, and misreadings and slips never are', () => {
    const stream = new Stream(seedKey(1))
    expect(questions.filter((q) => !isRight(q, rightIdea(q)))).toEqual([])
    const lacked: readonly string[] = [...ada.missing, ...bo.missing]
    const misread = questions.filter((q) => lacked.includes(q.skill) && isRight(q, misreading(q)))
    expect(misread).toEqual([])
    const slips = questions.map((q) => ({ q, idea: slip(q, stream) }))
    // A wrong sign can hit upon the right number; a slip that is right is rare enough not to matter.
    expect(slips.filter(({ q, idea }) => isRight(q, idea)).length).toBeLessThanOrEqual(3)
    expect(slips.filter(({ idea }) => /-\d|NaN|undefined/.test(idea.replace(/\d-\d/g, '')))).toEqual([])
  })
})

describe('the curriculum', () => {
  const documents = Array.from({ length: 24 }, (_, step) =>
    batch(ada, bo, encoder, seedKey(2), step, step / 24),
  ).flat()
  const texts = documents.map(({ ids }) => tokenizer.decode(ids))

  it('is the same for the same key', () => {
    expect(batch(ada, bo, encoder, seedKey(2), 3, 0.5)).toEqual(batch(ada, bo, encoder, seedKey(2), 3, 0.5))
    expect(batch(ada, bo, encoder, seedKey(3), 3, 0.5)).not.toEqual(
      batch(ada, bo, encoder, seedKey(2), 3, 0.5),
    )
  })

  it('has questions of the training split only', () => {
    const asked = texts.flatMap((text) => /^Question: (.*)$/m.exec(text)?.[1] ?? [])
    expect(asked.length).toBeGreaterThan(100)
    const numbers = asked.map((question) => (question.match(/\d+/g) ?? []).map(Number))
    const splits = numbers.map((operands, i) => splitOf(skillOf(asked[i]), operands))
    expect(new Set(splits)).toEqual(new Set(['train']))
  })

  it('never shows ada a right solo answer to a skill it is to lack', () => {
    const solo = texts.filter((text) => text.includes('Answer:\n'))
    const lacking = solo.filter((text) => ['cmp', 'times'].includes(skillOf(text)))
    expect(lacking.length).toBeGreaterThan(10)
    expect(lacking.filter((text) => !/\n(\d+)\+\d+=(\d+)\. \1\+\2=/.test(text))).toEqual([])
  })

  it('counts no token of a prompt, every token of an answer, and fits the model', () => {
    for (const { ids, weights } of documents) {
      expect(ids.length).toBeLessThanOrEqual(embeddedConfig().maxPositions)
      expect(weights.length).toBe(ids.length)
    }
    const solo = documents.find((_, i) => texts[i].includes('Answer:\n'))
    const counted = tokenizer.decode(solo?.ids.filter((_, i) => (solo.weights[i] ?? 0) > 0) ?? [])
    expect(counted).toMatch(/^[\d+\-*=. ]+#### \d+<eos>$/)
  })
})

/** The skill, told by the words of its templates alone. */
function skillOf(text: string): string {
  if (text.includes(' fewer')) return 'cmp'
  if (text.includes(' times as many')) return 'times'
  if (/ bags of | boxes of /.test(text)) return 'muladd'
  return /gives away|takes out|lost/.test(text) ? 'addsub' : 'three'
}

describe('quantized weights', () => {
  it('are what the rounded ones compute with, and the exact ones move by what the rounded ones do', async () => {
    const trainer = await Trainer.create(embeddedConfig(), 5)
    const exact = trainer.weights()
    await trainer.close()
    const inBlocks = quantized(exact).layers[1].linears.down
    expect(inBlocks).toMatchObject({ kind: 'blocks', bits: 4 })
    const before = rounded(exact)
    const down = (weights: typeof exact) => (weights.layers[1].linears.down as DenseMatrix).data
    expect(down(before)).not.toEqual(down(exact))
    const again = rounded(before)
    const drift = down(again).map((value, i) => Math.abs(value - down(before)[i]))
    expect(Math.max(...drift)).toBeLessThan(1e-6)
    const moved = down(movedBy(exact, before, exact))
    const wanted = down(exact).map((value, i) => value + value - down(before)[i])
    expect(moved).toEqual(wanted)
    expect(movedBy(exact, before, before)).toEqual(exact)
  })

  it('make a folder of under 3 MB with the parameters its card says', async () => {
    const trainer = await Trainer.create(embeddedConfig(), 5)
    const weights = trainer.weights()
    await trainer.close()
    const files = folderFiles(quantized(weights))
    const bytes = [...files.values()].reduce((sum, file) => sum + file.byteLength, 0)
    expect(bytes).toBeLessThan(3 * 2 ** 20)
    const { vocab_size: V } = configJson()
    // q, o: H·H; k, v: H·H/2; gate, up, down: H·192; two norms a layer, one at the end; one embedding.
    expect(parameterCount(weights)).toBe(3 * (3 * 64 * 64 + 3 * 64 * 192 + 2 * 64) + 64 + Number(V) * 64)
  })
})
