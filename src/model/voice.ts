import type { Tokenizer } from '@huggingface/tokenizers'
import type { PromptStyle } from './peer'

/** How a peer's texts become tokens, and its tokens texts. */
export interface Voice {
  readonly promptStyle: PromptStyle
  /** What the model goes on from. */
  prompt(text: string): number[]
  /** What others see of a completion. */
  text(ids: readonly number[]): string
  /** Everything in a completion but its special tokens: `text` is its end. */
  decode(ids: readonly number[]): string
  /** The tokens this peer would have written an answer in, the stop token last. */
  answer(text: string): number[]
}

/** A model that goes on with a text as it stands. */
export function plainVoice(tokenizer: Tokenizer, stopIds: readonly number[]): Voice {
  return {
    promptStyle: 'plain',
    prompt: (text) => tokenizer.encode(text).ids,
    text: (ids) => decoded(tokenizer, ids),
    decode: (ids) => decoded(tokenizer, ids),
    // Trained behind a prompt, which has the tokens that begin a sequence.
    answer: (text) => [...tokenizer.encode(text, { add_special_tokens: false }).ids, ...stopIds.slice(0, 1)],
  }
}

/** Text without special tokens. */
export function decoded(tokenizer: Tokenizer, ids: readonly number[]): string {
  // The tokenizer refuses an empty list.
  return ids.length === 0 ? '' : tokenizer.decode([...ids], { skip_special_tokens: true })
}
