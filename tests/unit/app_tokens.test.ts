import { describe, expect, test } from 'vitest'
import { pieceInWords, spokenFacts } from '../../src/app/tokens/token_text'
import { inkOf, isUnsure, tint, tokenViews, tokenWords } from '../../src/app/tokens/token_view'
import type { TextTokens } from '../../src/ilr/events'

const text = '9-5=4. é\n ok'
const tokens: TextTokens = {
  thoughts: 0,
  lengths: [1, 1, 1, 1, 1, 2, 0, 1, 1, 3, 0],
  stopped: true,
  logprobs: [0, -0.69, -0.7, -1, -1, -1, -1, -1, -1, -1, -0.1],
  ratios: [1, 1.3, 1, 1, 1, 1, 1, 1, 1, 1, 1],
  clipped: [1],
  gains: [0, 0.1, -0.1, 3, -3, 0, 0, 0, 0, 0, 0],
}
const views = tokenViews(text, tokens, 0.5)

describe('tokens of a text', () => {
  test('have its pieces; a token without one is marked', () => {
    expect(views.map(({ piece }) => piece)).toEqual([...'9-5=4', '. ', '', 'é', '\n', ' ok', ''])
    expect(views.map(pieceInWords).slice(4)).toEqual([
      '“4”',
      '“.␣”',
      'part of a sign',
      '“é”',
      '“⏎”',
      '“␣ok”',
      'end of text',
    ])
    const cut = tokenViews(text, { ...tokens, stopped: false }, 0.5)
    expect(cut.at(-1)?.kind).toBe('part')
  })

  test('break lines between words only', () => {
    const words = tokenWords(views)
    const inked = words.map(({ tokens: own }) => own.map(inkOf).join(''))
    expect(inked).toEqual(['9-5=4.', 'é', '\n', 'ok'])
    expect(words.map(({ before, behind }) => [before, behind])).toEqual([
      ['', ' '],
      ['', ''],
      ['', ''],
      [' ', ''],
    ])
    expect(words.map(({ before, behind }, n) => before + inked[n] + behind).join('')).toBe(text)
  })

  test('show their available numbers', () => {
    expect(spokenFacts(views[1], 0.5)).toBe(
      'advantage +0.50, probability 50.2 %, logprob −0.690, afterwards 55.4 %, change × 1.105, ratio 1.300, clipped above',
    )
    const { ratios: _, clipped: __, gains: ___, ...untrained } = tokens
    expect(spokenFacts(tokenViews(text, untrained, 0)[1], null)).toBe('probability 50.2 %, logprob −0.690')
    const [, all] = tokenViews(text, { ...tokens, ratios: 0.75 }, -0.5)
    expect([all.ratio, all.clip]).toEqual([0.75, 'low'])
    // Rounding gives no probability above 1.
    expect(views[3].after?.probability).toBe(1)
  })

  test('are tinted by how far training moved them, and marked where another token was likelier', () => {
    expect(tint(views[0])).toBe(0)
    expect(tint(views[1])).toBeCloseTo(-tint(views[2]), 12)
    expect([tint(views[3]), tint(views[4])]).toEqual([1, -1])
    expect(views.slice(0, 4).map(isUnsure)).toEqual([false, false, true, true])
  })
})
