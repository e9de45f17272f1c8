import type { ElementType, TensorData } from './proto_tensor'

export type Attribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly string: string }
  | { readonly strings: readonly string[] }
  | { readonly tensor: TensorData }
  | { readonly graph: GraphDescription }

export interface NodeDescription {
  readonly op: string
  /** '' means ai.onnx. */
  readonly domain: string
  readonly name: string
  /** '' stands for an absent optional input. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

export interface ValueDescription {
  readonly name: string
  readonly type: ElementType
  /** A string is a symbolic dimension; '' is a dimension without a name. */
  readonly shape: readonly (number | string)[]
}

export interface GraphDescription {
  readonly name: string
  readonly inputs: readonly ValueDescription[]
  readonly outputs: readonly ValueDescription[]
  readonly nodes: readonly NodeDescription[]
  readonly initializers: ReadonlyMap<string, TensorData>
}

export interface ModelDescription {
  readonly graph: GraphDescription
  /** Opset version by domain; '' means ai.onnx. */
  readonly opsets: Readonly<Record<string, number>>
  readonly irVersion: number
  readonly producer: string
  readonly metadata?: Readonly<Record<string, string>>
}
