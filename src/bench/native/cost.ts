/**
 * What a kernel has to do at least: each input read once, each output written once, and the arithmetic of its
 * definition. What it reads again, or computes again, counts against it.
 */
export interface Cost {
  readonly bytes: number
  /** Floating-point operations; a multiply-add is two, an exp, sqrt or division one. */
  readonly flops: number
}

export type HeadFormat = 'q4' | 'q8'

/** An lm_head (V, H) and the rows of hidden states it is applied to. */
export interface HeadShape {
  readonly format: HeadFormat
  readonly vocabulary: number
  readonly width: number
  /** T, or B where tokens are sampled. */
  readonly rows: number
}

/** Bytes of a head as the kernels read it: blocks of 32 with an f32 scale each. */
export function headBytes({ format, vocabulary, width }: Omit<HeadShape, 'rows'>): number {
  return vocabulary * Math.ceil(width / 32) * ((format === 'q8' ? 32 : 16) + 4)
}

/** hidden (T, H), ids (T) -> logprob, entropy, log sum exp (T): the product with the head and an exp per logit. */
export function tokenLogprobsCost(shape: HeadShape): Cost {
  const { rows, width, vocabulary } = shape
  return {
    bytes: headBytes(shape) + rows * (width + 4) * 4,
    flops: rows * vocabulary * (2 * width + 2),
  }
}

/** hidden (T, H), ids, coef, log sum exp (T) -> hidden_grad (T, H): the product, the softmax, and the product back. */
export function tokenLogprobsGradCost(shape: HeadShape): Cost {
  const { rows, width, vocabulary } = shape
  return {
    bytes: headBytes(shape) + rows * (2 * width + 3) * 4,
    flops: rows * vocabulary * (4 * width + 3),
  }
}

/** hidden (B, H), keys (B, 2), positions (B) -> id, logprob (B): the product, an exp and two logs per logit. */
export function sampleCost(shape: HeadShape): Cost {
  const { rows, width, vocabulary } = shape
  return {
    bytes: headBytes(shape) + rows * (width + 5) * 4,
    flops: rows * vocabulary * (2 * width + 5),
  }
}

/** gradient, parameter and two moments read; parameter and moments written. */
export function adamwCost(parameters: number): Cost {
  return { bytes: parameters * 7 * 4, flops: parameters * 16 }
}

/** A square and a sum per value. */
export function gradNormCost(parameters: number): Cost {
  return { bytes: parameters * 4, flops: parameters * 2 }
}

/** kind, logp, old, reference, entropy read and coef written per token; offsets, advantage and ten sums per sequence. */
export function grpoLossCost(sequences: number, tokens: number): Cost {
  return { bytes: tokens * 6 * 4 + sequences * (3 + 10) * 4, flops: tokens * 25 }
}

/**
 * rewards (Q, m, G) -> calibrated, advantages (Q, m, G), report (Q, m, 4). Per reward: its term against each other
 * peer (3), its share in three means and variances (4 each), and two normalised values with their distance (7).
 */
export function groupAdvantagesCost(questions: number, peers: number, rollouts: number): Cost {
  const rewards = questions * peers * rollouts
  return {
    bytes: rewards * 3 * 4 + questions * peers * 4 * 4,
    flops: rewards * (3 * (peers - 1) + 3 * 4 + 7),
  }
}
