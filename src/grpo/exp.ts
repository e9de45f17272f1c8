/** ln 2 in two parts: the first has few enough bits that its product with a small integer is exact. */
const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10

const bits = new DataView(new ArrayBuffer(8))

/** 2^k for an integer k in [-1022, 1023], from its exponent bits. */
function powerOfTwo(k: number): number {
  bits.setInt32(0, (k + 1023) << 20)
  bits.setInt32(4, 0)
  return bits.getFloat64(0)
}

/**
 * e^x to within a few units in the last place of f64. Math.exp may differ between engines; this is made of
 * additions and products only, so an `exact` run gets the same bits everywhere.
 */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x
  if (x > 709.7) return Number.POSITIVE_INFINITY
  if (x < -708) return 0
  const k = Math.round(x / Math.LN2)
  const r = x - k * LN2_HIGH - k * LN2_LOW
  let sum = 1
  // Taylor by Horner: |r| <= ln2 / 2, so the first term left out is below 2^-54.
  for (let n = 14; n > 0; n--) sum = 1 + (sum * r) / n
  return k > 1023 ? sum * powerOfTwo(1023) * 2 : sum * powerOfTwo(k)
}
