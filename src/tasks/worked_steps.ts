/** GSM8K's mark of a step, which interrupts the same step in prose: `48/2 = <<48/2=24>>24`. */
const ANNOTATION = /<<([^<>]*)>>/g
/** A sum or product directly before an equals sign. */
const EXPRESSION = /(?:\(*(?:\d+(?:\.\d+)?|\.\d+)\)*[+\-*/])+\(*(?:\d+(?:\.\d+)?|\.\d+)\)*$/
/** A result, unless another sum begins with it: `2+3=5+1=6` does not say that anything is 5. */
const RESULT = /^-?(?:\d+(?:\.\d+)?|\.\d+)(?!\d|[\d.]*[+\-*/]\(*[\d.])/
/** Maximum characters of a step; limits the search in a text that is one long sum. */
const MAX_STEP = 120

/**
 * Returns the steps `a op b = c` of a worked solution in one form, without repetition, including wrong ones.
 * `3 * $4 = <<3*4=12>>$12`, `4 × 3 = 12` and `3*4=12.0` are one step. The numbers of a pure sum or product
 * are sorted; all other expressions keep their order.
 */
export function workedSteps(text: string): string[] {
  return [...new Set([...annotatedSteps(text), ...stepsOf(text.replace(ANNOTATION, ''))])]
}

/**
 * Returns the steps of a reference solution: the annotated ones where it has any, because its authors chose
 * them.
 */
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
    // `20%*5+3` does not contain the sum 5+3, nor `x-4+3` the sum 4+3.
    if (/[+\-*/%.^]$/.test(before.slice(0, expression.index))) return []
    return [`${canonicalExpression(expression[0])}=${canonicalNumber(result[0])}`]
  })
}

/** Writes each operator in one way, and drops currency, commas within numbers and spaces around signs. */
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

/** Writes a decimal without superfluous zeros: `.50` is `0.5`, `12.0` is `12`. */
function canonicalNumber(decimal: string): string {
  const [, sign, whole, behind = ''] = /^(-?)(\d*)\.?(\d*)$/.exec(decimal) ?? ['', '', decimal]
  const digits = behind.replace(/0+$/, '')
  return `${sign}${whole.replace(/^0+(?=\d)/, '') || '0'}${digits === '' ? '' : `.${digits}`}`
}
