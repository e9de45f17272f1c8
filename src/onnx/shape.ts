/**
 * A dimension: a size, or a symbol such as `B` or `S` whose size is known only when the graph runs. Products
 * with symbols have a canonical form (`2*S`, `B*S`), so equal dimensions are equal strings.
 */
export type Dim = number | string
export type Shape = readonly Dim[]

/** Returns the product of dimensions, in canonical form. */
export function product(dims: Shape): Dim {
  let size = 1
  const symbols: string[] = []
  for (const dim of dims) {
    if (typeof dim === 'number') size *= dim
    else
      for (const factor of dim.split('*')) {
        const number = Number(factor)
        if (Number.isInteger(number)) size *= number
        else symbols.push(factor)
      }
  }
  if (symbols.length === 0) return size
  symbols.sort()
  return (size === 1 ? symbols : [String(size), ...symbols]).join('*')
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i])
}

export function showShape(shape: Shape): string {
  return `[${shape.join(', ')}]`
}

/** Returns the shape after NumPy broadcasting, or null where the shapes do not fit. */
export function broadcast(a: Shape, b: Shape): Shape | null {
  const rank = Math.max(a.length, b.length)
  const result: Dim[] = []
  for (let i = 0; i < rank; i++) {
    const da = a[a.length - rank + i] ?? 1
    const db = b[b.length - rank + i] ?? 1
    if (da !== db && da !== 1 && db !== 1) return null
    result.push(da === 1 ? db : da)
  }
  return result
}

/** Returns a non-negative axis. Negative axes count from the end. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis
}
