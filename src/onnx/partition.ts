/**
 * Cuts a graph with gradients into a forward and a backward half, which run at different times. The forward
 * half keeps its expensive results for the backward half, which computes the cheap ones again. JAX calls this
 * choice a checkpoint policy (`dots_saveable`).
 */
import { type GraphBuilder, type GraphNode, namesInBodies, type Value } from './graph'
import type { GraphDescription, ModelDescription, NodeDescription, ValueDescription } from './proto'

/**
 * Ops that cost more to compute again than to copy; measured on wasm, where a copy goes through the page's
 * own memory.
 */
const EXPENSIVE: ReadonlySet<string> = new Set(['MatMul', 'MatMulNBits', 'Softmax', 'RotaryEmbedding'])

export interface Halves {
  readonly forward: ModelDescription
  readonly backward: ModelDescription
  /** Outputs of the forward half that are inputs of the backward half, with the same names. */
  readonly kept: readonly string[]
}

/**
 * Cuts a graph into two halves.
 * @param forwardNodes number of nodes before the gradients were added
 * @param outputs the names of each half's own outputs
 * @param keep false makes the backward half compute the whole forward half again (gradient checkpointing)
 */
export function partition(
  b: GraphBuilder,
  forwardNodes: number,
  outputs: { readonly forward: readonly string[]; readonly backward: readonly string[] },
  keep: boolean,
): Halves {
  const model = b.build()
  const candidates = keep ? b.nodes.slice(0, forwardNodes).filter(isWorthKeeping).flatMap(described) : []
  const backward = part(model.graph, `${b.name} backward`, outputs.backward, candidates)
  const read = new Set(backward.inputs.map(({ name }) => name))
  const kept = candidates.filter(({ name }) => read.has(name))
  const forward = part(model.graph, `${b.name} forward`, outputs.forward, [], kept)
  return {
    forward: { ...model, graph: forward },
    backward: { ...model, graph: backward },
    kept: kept.map(({ name }) => name),
  }
}

/**
 * Returns true for an expensive result that differs for every call. A result of weights alone has no symbol
 * in its shape.
 */
function isWorthKeeping({ op, outputs }: GraphNode): boolean {
  return EXPENSIVE.has(op) && outputs[0].shape.some((dim) => typeof dim === 'string')
}

function described({ outputs }: GraphNode): ValueDescription[] {
  return outputs.map(({ name, type, shape }: Value) => ({ name, type, shape }))
}

/**
 * Returns the nodes, inputs and initializers that some outputs need.
 * @param given values that are inputs of the part, whatever computes them in the whole
 * @param also inner values that become outputs of the part
 */
function part(
  whole: GraphDescription,
  name: string,
  wanted: readonly string[],
  given: readonly ValueDescription[],
  also: readonly ValueDescription[] = [],
): GraphDescription {
  const outputs = [...whole.outputs.filter((output) => wanted.includes(output.name)), ...also]
  const stops = new Set(given.map((value) => value.name))
  const needed = new Set(outputs.map((output) => output.name))
  const nodes: NodeDescription[] = []
  for (const node of [...whole.nodes].reverse()) {
    if (!node.outputs.some((output) => needed.has(output) && !stops.has(output))) continue
    nodes.unshift(node)
    for (const input of [...node.inputs, ...namesInBodies(node.attributes)]) needed.add(input)
  }
  const isNeeded = (value: { readonly name: string }) => needed.has(value.name)
  return {
    name,
    inputs: [...whole.inputs, ...given].filter(isNeeded),
    outputs,
    nodes,
    initializers: new Map([...whole.initializers].filter(([initializer]) => needed.has(initializer))),
  }
}
