import { Tokenizer } from '@huggingface/tokenizers'
import type { TextEncoder } from './documents'
import { END, PLACE_DIGITS, tokenizerConfig, tokenizerFile } from './tokenizer'

/** The embedded peers' tokenizer as the corpus uses it. */
export function corpusEncoder(maxPositions: number): TextEncoder {
  const file = tokenizerFile()
  const tokenizer = new Tokenizer(file, tokenizerConfig(maxPositions))
  const id = (token: string) => file.model.vocab[token]
  return {
    ids: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
    endId: id(END),
    resultMarks: new Set([id('='), id(' (')]),
    verdictIds: new Set([id(' right'), id(' wrong')]),
    digitIds: new Set(Array.from(PLACE_DIGITS, id)),
  }
}
