/** The tokens of a text as the page shows them: pieces, words, and how they are tinted. */
import type { Clip } from '../../grpo/grpo_loss'
import type { TextTokens } from '../../ilr/events'

export interface TokenView {
  readonly place: number
  /** What it adds to the text; empty for the stop token and for the first parts of a character. */
  readonly piece: string
  readonly kind: 'text' | 'part' | 'stop'
  readonly probability: number
  readonly logprob: number
  /** Null where nothing was learned from it. */
  readonly ratio: number | null
  readonly clip: Clip
  /** After the update; null where it was not trained. */
  readonly after: { readonly probability: number; readonly change: number } | null
}

/** @param advantage of the text, and so of each of its tokens */
export function tokenViews(text: string, tokens: TextTokens, advantage: number): readonly TokenView[] {
  const { lengths, stopped, logprobs, ratios, clipped = [], gains } = tokens
  let end = 0
  return lengths.map((length, place): TokenView => {
    const begin = end
    end += length
    const last = stopped && place === lengths.length - 1
    const logprob = logprobs[place]
    const gain = gains?.[place]
    return {
      place,
      piece: text.slice(begin, end),
      kind: last && length === 0 ? 'stop' : length === 0 ? 'part' : 'text',
      probability: Math.exp(logprob),
      logprob,
      ratio: (typeof ratios === 'number' ? ratios : ratios?.[place]) ?? null,
      clip: clipped.includes(place) ? (advantage > 0 ? 'high' : 'low') : null,
      // Rounded numbers may add up to more than certain.
      after:
        gain === undefined
          ? null
          : { probability: Math.min(1, Math.exp(logprob + gain)), change: Math.exp(gain) },
    }
  })
}

/** Groups tokens between which no line may break: `19-5=14`. Surrounding white space belongs to the first and last. */
export function tokenWords(tokens: readonly TokenView[]) {
  const words: TokenView[][] = []
  let open = false
  for (const token of tokens) {
    const word = words.at(-1)
    if (word !== undefined && open && !/^\s/.test(token.piece)) word.push(token)
    else words.push([token])
    open = !/\s$/.test(token.piece)
  }
  return words.map((word) => {
    const [first, last] = [word[0].piece, word[word.length - 1].piece]
    return {
      before: isBlank(first) ? '' : first.slice(0, first.length - first.trimStart().length),
      behind: isBlank(last) ? '' : last.slice(last.trimEnd().length),
      tokens: word,
    }
  })
}

/** Returns a piece without its surrounding white space; a blank piece is kept, since there must be something to point at. */
export function inkOf({ piece }: TokenView): string {
  return isBlank(piece) ? piece : piece.trim()
}

function isBlank(piece: string): boolean {
  return piece.trim() === ''
}

/** Returns how far the update moved a token, in [-1, 1]: 1 is 1.5 times as likely or more, below 0 is rarer. */
export function tint({ after }: TokenView): number {
  if (after === null) return 0
  const moved = Math.max(-1, Math.min(1, Math.log(after.change) / Math.log(1.5)))
  // Most changes are small: the root lets them be seen beside the large ones.
  return Math.sign(moved) * Math.sqrt(Math.abs(moved))
}

/** Returns whether another token was likelier there. */
export function isUnsure({ probability }: TokenView): boolean {
  return probability < 0.5
}
