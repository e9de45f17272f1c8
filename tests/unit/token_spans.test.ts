import { readFileSync } from 'node:fs'
import { Tokenizer } from '@huggingface/tokenizers'
import { describe, expect, it } from 'vitest'
import { tokenSpans } from '../../src/model/decode/token_spans'
import { chatVoice } from '../../src/model/import/chat'
import { plainVoice, type Voice } from '../../src/model/voice'
import { hubModel, type ModelId } from '../fixtures/models'
import { tokenizerFiles } from '../fixtures/tokenizer'

/** Returns a tokenizer with the real special tokens and the real template. */
function real(model: ModelId) {
  const { tokenizer, config } = tokenizerFiles(hubModel(model, 'full'))
  return { tokenizer: new Tokenizer(tokenizer, config), config }
}
const qwen = real('qwen3-0.6b')
const llama = real('llama-3.2-1b')
const ada = new Tokenizer(
  JSON.parse(readFileSync('models/ada/tokenizer.json', 'utf8')),
  JSON.parse(readFileSync('models/ada/tokenizer_config.json', 'utf8')),
)

const thinking = await chatVoice(
  qwen.tokenizer,
  { tokenizerConfig: qwen.config, stopIds: [151645] },
  String(qwen.config.chat_template),
  { source: 'qwen3', thinking: true },
)

/** Returns the tokens' pieces of the text. */
function pieces(voice: Voice, ids: readonly number[]): string[] {
  const { lengths } = tokenSpans(voice, ids)
  let at = 0
  return lengths.map((length) => {
    at += length
    return voice.text(ids).slice(at - length, at)
  })
}

describe('a token’s piece of the text', () => {
  it('is a word, a sign or a digit for the embedded peers, and empty for a stop token', () => {
    const voice = plainVoice(ada, [0])
    const ids = ada.encode('16+13=29. #### 29').ids
    const stop = ada.token_to_id('<eos>') ?? -1
    const found = pieces(voice, [...ids, stop])
    expect(found).toEqual(['1', '6', '+', '1', '3', '=', '2', '9', '. ', '#### ', '2', '9', ''])
    expect(tokenSpans(voice, []).lengths).toEqual([])
  })

  it.each([
    ['qwen', qwen.tokenizer],
    ['llama', llama.tokenizer],
  ])('of %s is what bytes finish: a character of several tokens comes with its last', (_, tokenizer) => {
    const voice = plainVoice(tokenizer, [0])
    for (const text of ['2 × 3 = 6 🧮!', '𝔸 naïve 𓀀𓀁 answer', '👩‍🔬 说：五\n\n  9', ' é ']) {
      const { ids } = tokenizer.encode(text, { add_special_tokens: false })
      const found = pieces(voice, ids)
      expect(found).toHaveLength(ids.length)
      expect(found.join('')).toBe(text)
      // Pieces have complete characters only, and no replacement character.
      for (const piece of found) expect(piece).not.toMatch(/\ufffd|^[\udc00-\udfff]|[\ud800-\udbff]$/)
      found.forEach((piece, i) => {
        const alone = tokenizer.decode([ids[i]])
        if (!alone.includes('\ufffd')) expect(piece).toBe(alone)
      })
    }
    const { ids } = tokenizer.encode('𓀀', { add_special_tokens: false })
    expect(ids.length).toBeGreaterThan(1)
    expect(pieces(voice, ids)).toEqual([...ids.slice(1).map(() => ''), '𓀀'])
    // The text ends in the middle of a character, whose part still belongs to a token.
    expect(pieces(voice, ids.slice(0, -1)).join('')).toBe(voice.text(ids.slice(0, -1)))
  })

  it('excludes thoughts', () => {
    const encode = (text: string) => qwen.tokenizer.encode(text, { add_special_tokens: false }).ids
    const [thought, answer] = [encode('<think>\nIt is 4.\n</think>\n\n'), encode('2+3=5<|im_end|>')]
    expect(tokenSpans(thinking, [...thought, ...answer]).thoughts).toBe(thought.length)
    expect(pieces(thinking, [...thought, ...answer])).toEqual(['2', '+', '3', '=', '5', ''])
    expect(tokenSpans(thinking, thought.slice(0, 5))).toEqual({ thoughts: 5, lengths: [] })
    // Spaces after a thought are removed, even where they share a token with the answer.
    expect(pieces(thinking, [...encode('<think>x</think>'), ...encode(' one')])).toEqual(['one'])
  })
})
