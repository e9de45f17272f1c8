/**
 * Reverse-mode differentiation of an emitted graph. It walks the node list backwards and appends the nodes of
 * each node's vector-Jacobian product. There is one rule per op. An op without a rule on the path is an
 * error, never a silent zero.
 */
import {
  type GraphBuilder,
  type GraphNode,
  graphError,
  namesInBodies,
  type Region,
  type Value,
} from './graph'
import * as ops from './ops'
import { product, type Shape, sameShape } from './shape'

/**
 * How to sum the gradient of a weight that all rows share: in one product over the tokens of all rows, or in
 * one product per row and then over rows. A CPU moves less memory with one product. A GPU divides a product's
 * results among its cores, and a LoRA matrix has few results: with one product most cores idle while some add
 * thousands of tokens.
 */
export type WeightSums = 'at once' | 'by row'

/**
 * Returns gradients of a node's inputs (null: not differentiable, or not needed) from that of its only
 * output.
 */
type Rule = (
  b: GraphBuilder,
  node: GraphNode,
  dy: Value,
  needs: readonly boolean[],
  weightSums: WeightSums,
) => readonly (Value | null)[]

/** Sums dy over the axes along which an operand of this shape was broadcast. */
function unbroadcast(b: GraphBuilder, dy: Value, shape: Shape): Value {
  if (sameShape(dy.shape, shape)) return dy
  const missing = dy.shape.length - shape.length
  const stretched = shape.flatMap((dim, i) => (dim === 1 && dy.shape[i + missing] !== 1 ? [i + missing] : []))
  let reduced = dy
  if (stretched.length > 0) reduced = ops.reduceSum(b, reduced, stretched, true)
  if (missing > 0) {
    const leading = Array.from({ length: missing }, (_, i) => i)
    reduced = ops.reduceSum(b, reduced, leading, false)
  }
  return reduced
}

function operands(node: GraphNode): Value[] {
  return node.inputs.map((value) => {
    if (!value) throw graphError(`${node.op} node ${node.name}`, 'an absent operand', 'all operands')
    return value
  })
}

const rules: Readonly<Record<string, Rule>> = {
  Add: (b, node, dy) => operands(node).map((x) => unbroadcast(b, dy, x.shape)),
  Sub: (b, node, dy, needs) => {
    const [x, y] = operands(node)
    return [
      needs[0] ? unbroadcast(b, dy, x.shape) : null,
      needs[1] ? ops.neg(b, unbroadcast(b, dy, y.shape)) : null,
    ]
  },
  Mul: (b, node, dy, needs) => {
    const [x, y] = operands(node)
    if (x === y) return [ops.scale(b, ops.mul(b, dy, x), 2), null]
    return [
      needs[0] ? unbroadcast(b, ops.mul(b, dy, y), x.shape) : null,
      needs[1] ? unbroadcast(b, ops.mul(b, dy, x), y.shape) : null,
    ]
  },
  Neg: (b, _node, dy) => [ops.neg(b, dy)],
  Exp: (b, node, dy) => [ops.mul(b, dy, node.outputs[0])],
  Sqrt: (b, node, dy) => [ops.scale(b, ops.div(b, dy, node.outputs[0]), 0.5)],
  Reciprocal: (b, node, dy) => {
    const y = node.outputs[0]
    return [ops.neg(b, ops.mul(b, dy, ops.mul(b, y, y)))]
  },
  Sigmoid: (b, node, dy) => {
    const y = node.outputs[0]
    return [ops.mul(b, dy, ops.sub(b, y, ops.mul(b, y, y)))]
  },
  MatMul: (b, node, dy, needs, weightSums) => {
    const [x, y] = operands(node)
    const dx = needs[0] ? unbroadcast(b, ops.matMul(b, dy, ops.transposeLast(b, y)), x.shape) : null
    if (!needs[1]) return [dx, null]
    const isShared = y.shape.length === 2
    if (!isShared || weightSums === 'by row')
      return [dx, unbroadcast(b, ops.matMul(b, ops.transposeLast(b, x), dy), y.shape)]
    const rows = product(x.shape.slice(0, -1))
    const x2 = ops.reshape(b, x, [rows, x.shape[x.shape.length - 1]])
    const dy2 = ops.reshape(b, dy, [rows, dy.shape[dy.shape.length - 1]])
    return [dx, ops.matMul(b, ops.transposeLast(b, x2), dy2)]
  },
  MatMulNBits: (b, node, dy, needs) => {
    const [, packed, scales] = operands(node)
    if (needs[1] || needs[2])
      throw graphError(`MatMulNBits node ${node.name}`, 'a gradient of its weights', 'frozen weights')
    const int = (name: string): number => {
      const attribute = node.attributes[name]
      if (!attribute || !('int' in attribute))
        throw graphError(`node ${node.name}`, 'nothing', `integer ${name}`)
      return attribute.int
    }
    const bits = int('bits') === 8 ? 8 : 4
    const weight = ops.dequantizeBlocks(b, { packed, scales, bits, out: int('N'), in: int('K') })
    return [ops.matMul(b, dy, weight), null, null]
  },
  Softmax: (b, node, dy) => {
    const y = node.outputs[0]
    const weighted = ops.mul(b, dy, y)
    return [ops.sub(b, weighted, ops.mul(b, y, ops.reduceSum(b, weighted, [-1], true)))]
  },
  LogSoftmax: (b, node, dy) => {
    const probabilities = ops.exp(b, node.outputs[0])
    return [ops.sub(b, dy, ops.mul(b, probabilities, ops.reduceSum(b, dy, [-1], true)))]
  },
  // Only between floats: a value rounded to integers has no gradient.
  Cast: (b, node, dy) => [ops.cast(b, dy, ops.floatType(operands(node)[0]))],
  Reshape: (b, node, dy) => [ops.reshape(b, dy, operands(node)[0].shape), null],
  Transpose: (b, node, dy) => {
    const perm = node.attributes.perm
    if (!perm || !('ints' in perm)) throw graphError(`Transpose node ${node.name}`, 'nothing', 'perm')
    const inverse: number[] = []
    perm.ints.forEach((axis, i) => {
      inverse[axis] = i
    })
    return [ops.transpose(b, dy, inverse)]
  },
  Concat: (b, node, dy) => {
    const axis = node.attributes.axis
    if (!axis || !('int' in axis)) throw graphError(`Concat node ${node.name}`, 'nothing', 'axis')
    let start = 0
    return operands(node).map((part) => {
      const size = Number(part.shape[axis.int])
      start += size
      return ops.slice(b, dy, axis.int, start - size, start)
    })
  },
  ReduceSum: (b, node, dy) => [spread(b, node, dy, 1), null],
  ReduceMean: (b, node, dy) => {
    const x = operands(node)[0]
    const y = node.outputs[0]
    const count = x.shape.reduce<number>((all, dim, i) => (y.shape[i] === dim ? all : all * Number(dim)), 1)
    return [spread(b, node, dy, 1 / count), null]
  },
  // Each row contributes one element, so its gradient lands on that element and is zero elsewhere.
  GatherElements: (b, node, dy) => {
    const [x, ids] = operands(node)
    if (ids.shape[1] !== 1)
      throw graphError(`GatherElements node ${node.name}`, `${ids.shape[1]} elements of a row`, 'one')
    const columns = b.ints(Array.from({ length: Number(x.shape[1]) }, (_, i) => i))
    const picked = ops.cast(b, ops.equal(b, columns, ids), x.type)
    return [ops.mul(b, dy, picked), null]
  },
  RotaryEmbedding: (b, node, dy) => {
    const [, positions, cos, sin] = operands(node)
    return [ops.rotary(b, dy, positions, cos, ops.neg(b, sin)), null, null, null]
  },
}

/**
 * Returns gradients of the inputs of a node with several outputs from those of its outputs, in order; null
 * where nothing depends on that output.
 */
type ManyRule = (
  b: GraphBuilder,
  node: GraphNode,
  dys: readonly (Value | null)[],
) => readonly (Value | null)[]

const manyRules: Readonly<Record<string, ManyRule>> = {
  Split: (b, node, dys) => {
    const axis = node.attributes.axis
    if (!axis || !('int' in axis)) throw graphError(`Split node ${node.name}`, 'nothing', 'axis')
    const parts = dys.map((dy, i) => dy ?? ops.zerosLike(b, node.outputs[i]))
    const dim = operands(node)[0].shape[axis.int]
    return [ops.concat(b, parts, axis.int, String(dim))]
  },
}

/** Repeats dy along the reduced axes (kept as size 1) by multiplying with a tensor of constants. */
function spread(b: GraphBuilder, node: GraphNode, dy: Value, factor: number): Value {
  const x = operands(node)[0]
  if (dy.shape.length !== x.shape.length)
    throw graphError(
      `${node.op} node ${node.name}`,
      'dropped axes',
      'keepdims, so that it can be differentiated',
    )
  const shape = x.shape.map((dim, i) => (dy.shape[i] === dim ? 1 : Number(dim)))
  if (shape.some((dim) => Number.isNaN(dim)))
    throw graphError(`${node.op} node ${node.name}`, 'a symbolic reduced axis', 'reduced axes of fixed size')
  const size = shape.reduce((a, c) => a * c, 1)
  return ops.mul(b, dy, b.floats(new Array<number>(size).fill(factor), shape, ops.floatType(dy)))
}

/** A unit of differentiation: a node, or a region with its own rule. */
interface Step {
  readonly name: string
  /** Values it reads only by name, as loop bodies do, come last. */
  readonly inputs: readonly (Value | null)[]
  readonly outputs: readonly Value[]
  /**
   * Takes a gradient or null for each output. May return fewer gradients than inputs; the last inputs then
   * have none.
   */
  readonly rule: (dys: readonly (Value | null)[], needs: readonly boolean[]) => readonly (Value | null)[]
}

/** Returns the steps of the graph so far, in order. */
function stepsOf(b: GraphBuilder, weightSums: WeightSums): Step[] {
  const reads = readsOf(b)
  const steps: Step[] = []
  for (let at = 0; at < b.nodes.length; ) {
    const region = b.regions.find(({ from }) => from === at)
    if (region) {
      steps.push(regionStep(region, b.nodes.slice(at, region.to), reads))
      at = region.to
      continue
    }
    const node = b.nodes[at]
    const name = `${node.op} node ${node.name}`
    steps.push({
      name,
      inputs: reads(node),
      outputs: node.outputs,
      rule: (dys, needs) => {
        const manyRule = manyRules[node.op]
        if (manyRule) return manyRule(b, node, dys)
        const rule = rules[node.op]
        if (!rule) throw graphError(`node ${node.name}`, `op ${node.op}`, 'an op with a gradient rule')
        return rule(b, node, onlyFirst(name, node.outputs, dys), needs, weightSums)
      },
    })
    at++
  }
  return steps
}

/**
 * Returns a region as one step. Values inside count as outputs, and values it reads but does not name count
 * as inputs, so that their use is an error.
 */
function regionStep(region: Region, nodes: readonly GraphNode[], reads: (node: GraphNode) => Reads): Step {
  const { inputs, output, gradient } = region
  const name = `gradient of ${output.name}`
  const inside = nodes.flatMap(({ outputs }) => outputs)
  const known = new Set<Value | null>([...inputs, ...inside])
  const outputs = [output, ...inside.filter((value) => value !== output)]
  return {
    name,
    inputs: [...inputs, ...nodes.flatMap(reads).filter((value) => !known.has(value))],
    outputs,
    rule: (dys) => gradient(onlyFirst(name, outputs, dys)),
  }
}

/** Returns the gradient of the first output. @throws ColloquyError `graph` where another output has one */
function onlyFirst(
  name: string,
  outputs: readonly Value[],
  [dy, ...others]: readonly (Value | null)[],
): Value {
  const other = others.findIndex((gradient) => gradient !== null)
  if (dy && other < 0) return dy
  throw graphError(
    name,
    `a gradient at its output ${outputs[other + 1].name}`,
    `a use of ${outputs[0].name} only, or a rule for all outputs`,
  )
}

type Reads = readonly (Value | null)[]

/**
 * Returns a reader of a node's inputs: its operands, then the values of this graph that bodies of its loops
 * read by name.
 */
function readsOf(b: GraphBuilder): (node: GraphNode) => Reads {
  const named = new Map(b.values().map((value) => [value.name, value]))
  return ({ inputs, attributes }) => {
    const captured = namesInBodies(attributes).flatMap((name) => named.get(name) ?? [])
    return [...inputs, ...captured]
  }
}

/** Ops that can be differentiated, for tests that check every rule. */
export const differentiableOps: readonly string[] = [...Object.keys(rules), ...Object.keys(manyRules)]

/**
 * Appends the gradients of `output` to the graph.
 * @param seed gradient at `output`, of its shape
 * @param wrt values to differentiate by
 * @returns gradients in the order of `wrt`, each of its value's shape
 * @throws ColloquyError `graph` where a node on the path has no rule or `output` does not depend on a `wrt`
 */
export function gradients(
  b: GraphBuilder,
  output: Value,
  seed: Value,
  wrt: readonly Value[],
  weightSums: WeightSums = 'at once',
): Value[] {
  const steps = stepsOf(b, weightSums)
  const dependent = new Set<Value>(wrt)
  for (const { inputs, outputs } of steps)
    if (inputs.some((x) => x !== null && dependent.has(x))) for (const y of outputs) dependent.add(y)

  const gradient = new Map<Value, Value>([[output, seed]])
  for (const { inputs, outputs, name, rule } of steps.reverse()) {
    const dys = outputs.map((y) => gradient.get(y) ?? null)
    const needs = inputs.map((x) => x !== null && dependent.has(x))
    if (!dys.some(Boolean) || !needs.some(Boolean)) continue
    const operandGradients = rule(dys, needs)
    const missing = inputs.find(
      (x, i) => needs[i] && !inputs.some((same, j) => same === x && operandGradients[j]),
    )
    if (missing) throw graphError(name, `a gradient of ${missing.name}`, 'none')
    operandGradients.forEach((dx, i) => {
      const x = inputs[i]
      if (!dx || !x || !needs[i]) return
      const earlier = gradient.get(x)
      gradient.set(x, earlier ? ops.add(b, earlier, dx) : dx)
    })
  }
  return wrt.map((value) => {
    const result = gradient.get(value)
    if (!result) throw graphError(`gradient of ${output.name}`, `no path to ${value.name}`, 'a dependency')
    return result
  })
}
