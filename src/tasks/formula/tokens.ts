/** A token of a formula. `tidy` removes layout before. */
export interface Token {
  readonly kind: 'number' | 'letter' | 'name' | 'sign'
  readonly text: string
}

const SPACE = /\s*/y
const SCIENTIFIC = /(?:\d+(?:\.\d+)?|\.\d+)[eE][+-]?\d+(?![\d.^])/y
const NUMBER = /\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?|\d+\.(?=\\overline)|\d+(?:\.\d+)?|\.\d+/y
const COMMAND = /\\(?:[A-Za-z]+|[{}|])/y
const WORD = /[A-Za-z]+/y
const SIGN = /[-+*/^_!=(){}[\]|,°²³]/y

/** Names that need no backslash. */
const PLAIN_NAMES = new Set('sqrt pi sin cos tan cot sec csc arcsin arccos arctan log ln exp abs'.split(' '))

/** `2e-1` could mean 2e - 1 or 0.2. */
const AMBIGUOUS = /^\d+[eE][+-]\d$/

/** Returns the tokens of a formula; null where it has a sign or word that no formula has. */
export function tokensOf(text: string): Token[] | null {
  const tokens: Token[] = []
  let at = 0
  const read = (pattern: RegExp): string => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0] ?? ''
    at += found.length
    return found
  }
  for (;;) {
    read(SPACE)
    if (at === text.length) return tokens
    const scientific = read(SCIENTIFIC)
    if (AMBIGUOUS.test(scientific)) return null
    const number = scientific || read(NUMBER)
    if (number !== '') {
      tokens.push({ kind: 'number', text: number.replaceAll(',', '') })
      continue
    }
    const command = read(COMMAND)
    if (command !== '') {
      tokens.push({ kind: 'name', text: command.slice(1) })
      continue
    }
    const word = read(WORD)
    if (PLAIN_NAMES.has(word)) tokens.push({ kind: 'name', text: word })
    else if (word.length > 2) return null
    else if (word !== '') for (const letter of word) tokens.push({ kind: 'letter', text: letter })
    else {
      const sign = read(SIGN)
      if (sign === '') return null
      tokens.push({ kind: 'sign', text: sign })
    }
  }
}
