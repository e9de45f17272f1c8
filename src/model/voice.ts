import type { Tokenizer } from '@huggingface/tokenizers'
import type { PromptStyle } from './peer'

/** Turns a peer's texts into tokens, and its tokens into texts. */
export interface Voice {
  readonly promptStyle: PromptStyle
  /** Returns the tokens that the model continues. */
  prompt(text: string): number[]
  /** Returns the part of a completion that peers, judges and checkers see. */
  text(ids: readonly number[]): string
  /** Decodes everything in a completion except its special tokens. It ends with `text`. */
  decode(ids: readonly number[]): string
  /** Returns the tokens in which this peer would write an answer, the stop token last. */
  answer(text: string): number[]
}

/** Voice of a model that continues a text as it stands. */
export function plainVoice(tokenizer: Tokenizer, stopIds: readonly number[]): Voice {
  return {
    promptStyle: 'plain',
    prompt: (text) => tokenizer.encode(text).ids,
    text: (ids) => decoded(tokenizer, ids),
    decode: (ids) => decoded(tokenizer, ids),
    // An answer follows a prompt in training, and the prompt already has the tokens that begin a sequence.
    answer: (text) => [...tokenizer.encode(text, { add_special_tokens: false }).ids, ...stopIds.slice(0, 1)],
  }
}

/** Decodes tokens without special tokens. */
export function decoded(tokenizer: Tokenizer, ids: readonly number[]): string {
  // The tokenizer refuses an empty list.
  return ids.length === 0 ? '' : tokenizer.decode([...ids], { skip_special_tokens: true })
}
