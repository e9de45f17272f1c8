import { exp, log } from '../exact_math'

/**
 * log Σ exp and entropy of many rows. Callers add one value at a time, so no row of logits is stored. Each
 * row keeps its running maximum, Σ exp(x - max) and Σ x exp(x - max).
 */
export class OnlineLogSumExp {
  private readonly max: Float64Array
  private readonly sum: Float64Array
  private readonly weighted: Float64Array

  constructor(rows: number) {
    this.max = new Float64Array(rows).fill(Number.NEGATIVE_INFINITY)
    this.sum = new Float64Array(rows)
    this.weighted = new Float64Array(rows)
  }

  add(row: number, x: number): void {
    const max = this.max[row]
    if (x > max) {
      const shrink = exp(max - x)
      this.sum[row] = this.sum[row] * shrink + 1
      this.weighted[row] = this.weighted[row] * shrink + x
      this.max[row] = x
    } else {
      const e = exp(x - max)
      this.sum[row] += e
      this.weighted[row] += x * e
    }
  }

  logSumExp(row: number): number {
    return this.max[row] + log(this.sum[row])
  }

  /** Returns the entropy in nats of softmax over the row. */
  entropy(row: number): number {
    return this.logSumExp(row) - this.weighted[row] / this.sum[row]
  }
}
