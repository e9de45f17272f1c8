import type { GraphBuilder, Value } from '../../onnx/graph'
import * as ops from '../../onnx/ops'

/** sqrt(2 / pi), and the weight of the cube. */
const [FACTOR, CUBE] = [Math.sqrt(2 / Math.PI), 0.044715]

/**
 * Computes x (1 + tanh z) / 2 with z = sqrt(2 / pi) (x + 0.044715 x^3), which is x s for s = sigmoid(2 z)
 * (Hendrycks & Gimpel, 2016). It is one kernel; its gradient is dy (s + x s (1 - s) 2 dz/dx).
 */
export function geluTanh(b: GraphBuilder, x: Value): Value {
  const backward = (dy: Value): Value[] => {
    const one = b.floats([1], [], ops.floatType(x))
    const squared = ops.mul(b, x, x)
    const inner = ops.mul(b, x, ops.add(b, one, ops.scale(b, squared, CUBE)))
    const s = ops.sigmoid(b, ops.scale(b, inner, 2 * FACTOR))
    const slope = ops.scale(b, ops.add(b, one, ops.scale(b, squared, 3 * CUBE)), 2 * FACTOR)
    const turned = ops.mul(b, ops.mul(b, x, ops.sub(b, one, s)), slope)
    return [ops.mul(b, dy, ops.mul(b, s, ops.add(b, one, turned)))]
  }
  return b.withGradient([x], () => ops.geluTanh(b, x), backward)
}
