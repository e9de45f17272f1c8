/** GSM8K's own mark of a step, which stands in the middle of the same step in prose: `48/2 = <<48/2=24>>24`. */
const ANNOTATION = /<<([^<>]*)>>/g
/** A sum or product as it stands right before an equals sign. */
const EXPRESSION = /(?:\(*(?:\d+(?:\.\d+)?|\.\d+)\)*[+\-*/])+\(*(?:\d+(?:\.\d+)?|\.\d+)\)*$/
/** Not where it is the start of another sum: in `2+3=5+1=6` nothing is said to be 5. */
const RESULT = /^-?(?:\d+(?:\.\d+)?|\.\d+)(?!\d|[\d.]*[+\-*/]\(*[\d.])/
/** No step is longer; it bounds the search in a text that is one long sum. */
const MAX_STEP = 120

/**
 * The steps `a op b = c` of a worked solution in one form, without repetition, wrong ones included. `3 * $4 = <<3*4=12>>$12`, `4 × 3 = 12`
 * and `3*4=12.0` are one step; sums and products are sorted, everything else stays in its order.
 */
export function workedSteps(text: string): string[] {
  return [...new Set([...annotatedSteps(text), ...stepsOf(text.replace(ANNOTATION, ''))])]
}

/** The steps a solution is measured by: the annotated ones where it has any, since its authors chose them. */
export function solutionSteps(solution: string): string[] {
  const annotated = annotatedSteps(solution)
  return annotated.length > 0 ? [...new Set(annotated)] : workedSteps(solution)
}

function annotatedSteps(text: string): string[] {
  return [...text.matchAll(ANNOTATION)].flatMap(([, step]) => stepsOf(step))
}

function stepsOf(prose: string): string[] {
  const pieces = plainArithmetic(prose).split('=')
  return pieces.slice(1).flatMap((right, i) => {
    const before = pieces[i].slice(-MAX_STEP)
    const expression = EXPRESSION.exec(before)
    const result = RESULT.exec(right.slice(0, MAX_STEP))
    if (expression === null || result === null) return []
    // `20%*5+3` and `x-4+3` are no sums of 5 and 3, or of 4 and 3.
    if (/[+\-*/%.^]$/.test(before.slice(0, expression.index))) return []
    return [`${canonicalExpression(expression[0])}=${canonicalNumber(result[0])}`]
  })
}

/** Signs of one kind, without currency, commas within numbers, and spaces around signs. */
function plainArithmetic(text: string): string {
  return text
    .replace(/\\times|\\cdot|[×·⋅]|(?<=[\d)] ?)x(?= ?[$(\d])/g, '*')
    .replace(/\\div|÷/g, '/')
    .replace(/\u2212/g, '-')
    .replace(/\\?[$€£]/g, '')
    .replace(/(?<=\d),(?=\d{3})/g, '')
    .replace(/\s?([+\-*/=()])\s?/g, '$1')
}

function canonicalExpression(expression: string): string {
  const commutative = /^[^-/()*]*$|^[^-/()+]*$/.test(expression)
  const written = expression.replace(/\d*\.?\d+/g, (number) => canonicalNumber(number))
  if (!commutative) return written
  const sign = expression.includes('+') ? '+' : '*'
  return expression
    .split(sign)
    .map((number) => canonicalNumber(number))
    .sort()
    .join(sign)
}

/** A decimal without zeros that say nothing: `.50` is `0.5`, `12.0` is `12`. */
function canonicalNumber(decimal: string): string {
  const [, sign, whole, behind = ''] = /^(-?)(\d*)\.?(\d*)$/.exec(decimal) ?? ['', '', decimal]
  const digits = behind.replace(/0+$/, '')
  return `${sign}${whole.replace(/^0+(?=\d)/, '') || '0'}${digits === '' ? '' : `.${digits}`}`
}
