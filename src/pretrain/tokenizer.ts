import { Tokenizer } from '@huggingface/tokenizers'
import { ideaLabel } from '../tasks/prompts'
import { NAMES, TEMPLATES, THINGS } from '../tasks/skills'
import { wordProblemPrompts } from '../tasks/word_problems.prompts'
import type { TextEncoder } from './documents'

/**
 * The embedded peers' tokenizer, as an ordinary tokenizer.json.
 *
 * Digits carry their place. The normalizer turns the tens digit of a number into a circled digit and its
 * hundreds digit into a filled circled one, each a token of its own. The decoder turns them back, so the text
 * is unchanged. A model this small learns to add columns of such digits, and hardly ever plain ones.
 *
 * Words of the templates, and of prompt lines without a slot, are whole tokens with the blank before them
 * (and the one after them where a number follows). Any other ASCII text becomes single characters.
 */

const TENS = '⓪①②③④⑤⑥⑦⑧⑨'
const HUNDREDS = '⓿❶❷❸❹❺❻❼❽❾'

/** Every token of a digit: units, tens, hundreds. */
export const PLACE_DIGITS = `0123456789${TENS}${HUNDREDS}`

export const PAD = '<pad>'
export const END = '<eos>'
const UNKNOWN = '<unk>'

/**
 * Pieces of the pre-tokenizer: a word with its blanks, a bracket with the blank before it, a full stop or
 * comma with the blank before a number, or one character.
 */
const PIECES = String.raw` ?[A-Za-z]+:?(?: (?=\p{N}))?| \(|[.,] (?=[\p{N}#])|#### |[\s\S]`

interface TokenizerFile {
  readonly version: string
  readonly added_tokens: readonly { readonly id: number; readonly content: string; readonly special: true }[]
  readonly model: { readonly type: 'WordPiece'; readonly vocab: Readonly<Record<string, number>> }
}

/** Yields texts that together hold every word of questions, prompts and completions, with numbers as `1`. */
function* everyText(): Generator<string> {
  for (const template of TEMPLATES) {
    const fill = (slots: Record<string, string>) =>
      template.replace(/\{(\w)\}/g, (_, slot: string) => slots[slot] ?? '1')
    for (const name of NAMES)
      for (const n of THINGS) yield `Question: ${fill({ A: name, B: name, C: name, n })}\n`
  }
  const { share, analyze, fuse, debate } = wordProblemPrompts
  for (const prompt of [share, debate, ...Object.values(analyze), ...Object.values(fuse)])
    for (const line of prompt.split('\n')) if (!line.includes('{')) yield `${line}\n`
  for (const [label, low] of [0, 1, 2].map((i) => [ideaLabel(i), ideaLabel(i).toLowerCase()]))
    for (const word of ['right', 'wrong'])
      yield `${label}: 1+1=1 (1) ${word}, 1*1=1. ${label}: 1-1=1 ${word}. #### 1\nVerdict: ${low} ${word}, ${low} ${word}. Verdict: `
}

function pieces(text: string): string[] {
  return text.match(new RegExp(PIECES, 'gu')) ?? []
}

/** Returns the id of each token: special tokens, line feed, printable ASCII, place-value digits, words. */
export function vocabulary(): Record<string, number> {
  const ascii = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))
  const words = new Set<string>()
  for (const text of everyText()) for (const piece of pieces(text)) words.add(piece)
  const tokens = new Set([PAD, END, UNKNOWN, '\n', ...ascii, ...TENS, ...HUNDREDS, ...[...words].sort()])
  return Object.fromEntries([...tokens].map((token, id) => [token, id]))
}

/** Returns the content of tokenizer.json. */
export function tokenizerFile(): TokenizerFile {
  const vocab = vocabulary()
  const digits = Array.from('0123456789')
  const after = (places: string, n: number) => ({
    type: 'Sequence',
    normalizers: digits.map((digit, i) => ({
      type: 'Replace',
      pattern: { Regex: `${digit}(?=[0-9]{${n}}(?![0-9]))` },
      content: Array.from(places)[i],
    })),
  })
  const back = (places: string) =>
    Array.from(places, (place, i) => ({ type: 'Replace', pattern: { String: place }, content: digits[i] }))
  const special = (content: string) => ({
    id: vocab[content],
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true as const,
  })
  const file = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [PAD, END, UNKNOWN].map(special),
    normalizer: { type: 'Sequence', normalizers: [after(HUNDREDS, 2), after(TENS, 1)] },
    pre_tokenizer: { type: 'Split', pattern: { Regex: PIECES }, behavior: 'Isolated', invert: false },
    post_processor: null,
    decoder: { type: 'Sequence', decoders: [...back(TENS), ...back(HUNDREDS), { type: 'Fuse' }] },
    model: {
      type: 'WordPiece' as const,
      unk_token: UNKNOWN,
      continuing_subword_prefix: '',
      max_input_chars_per_word: 100,
      vocab,
    },
  }
  return file
}

/** Returns the content of tokenizer_config.json. */
export function tokenizerConfig(maxPositions: number) {
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    model_max_length: maxPositions,
    clean_up_tokenization_spaces: false,
    // Left padding: all rows of a batch must end where their completions begin.
    padding_side: 'left',
    add_bos_token: false,
    pad_token: PAD,
    eos_token: END,
    unk_token: UNKNOWN,
  }
}

/** Returns the embedded peers' tokenizer in the form that the corpus uses. */
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
