export interface AdamWOptions {
  readonly learningRate: number
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  /** Decoupled decay: parameters shrink by learningRate · weightDecay. */
  readonly weightDecay: number
  /** Gradients are scaled by min(1, maxGradNorm / (norm + 1e-6)), as in PyTorch's clip_grad_norm_. */
  readonly maxGradNorm: number
  /** Number of this update, from 1, for the bias correction. */
  readonly update: number
}

/** State that AdamW changes: lists of flat f32 arrays (one per decoder layer) of equal lengths. */
export interface AdamWState {
  readonly parameters: readonly Float32Array[]
  readonly firstMoments: readonly Float32Array[]
  readonly secondMoments: readonly Float32Array[]
}

/**
 * Returns the global L2 norm over all arrays; not finite where any gradient is not. CPU reference of
 * `shaders/grad_norm.wgsl`.
 */
export function gradNorm(gradients: readonly Float32Array[]): number {
  let squares = 0
  for (const gradient of gradients)
    for (let n = 0; n < gradient.length; n++) squares += gradient[n] * gradient[n]
  return Math.sqrt(squares)
}

/** Returns the factors of one update that all parameters share. */
export function adamwFactors(options: AdamWOptions): { correction1: number; correction2: number } {
  return {
    correction1: 1 - integerPower(options.beta1, options.update),
    correction2: 1 - integerPower(options.beta2, options.update),
  }
}

/** Returns base^exponent by products alone, because Math.pow may differ between engines. */
function integerPower(base: number, exponent: number): number {
  let result = 1
  let square = base
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= square
    square *= square
  }
  return result
}

/**
 * Makes one AdamW update in place and clips the gradients to maxGradNorm by their global norm (Loshchilov &
 * Hutter, arXiv 1711.05101; order of operations as in PyTorch). A norm that is not finite changes nothing.
 * CPU reference of `shaders/adamw.wgsl`, and the wasm backend's implementation.
 * @returns false where nothing changed
 */
export function adamw(
  state: AdamWState,
  gradients: readonly Float32Array[],
  norm: number,
  options: AdamWOptions,
): boolean {
  if (!Number.isFinite(norm)) return false
  const { learningRate, beta1, beta2, epsilon, weightDecay, maxGradNorm } = options
  const { correction1, correction2 } = adamwFactors(options)
  const scale = Math.min(1, maxGradNorm / (norm + 1e-6))
  const keep = 1 - learningRate * weightDecay
  for (let layer = 0; layer < gradients.length; layer++) {
    const gradient = gradients[layer]
    const parameters = state.parameters[layer]
    const first = state.firstMoments[layer]
    const second = state.secondMoments[layer]
    for (let n = 0; n < gradient.length; n++) {
      const g = gradient[n] * scale
      const m = beta1 * first[n] + (1 - beta1) * g
      const v = beta2 * second[n] + (1 - beta2) * g * g
      first[n] = m
      second[n] = v
      const step = m / correction1 / (Math.sqrt(v / correction2) + epsilon)
      parameters[n] = parameters[n] * keep - learningRate * step
    }
  }
  return true
}
