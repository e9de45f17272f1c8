import variant from '@jitl/quickjs-wasmfile-release-sync'
import {
  DefaultIntrinsics,
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSWASMModule,
  Scope,
} from 'quickjs-emscripten-core'
import type { Execution, Program, Value } from '../../src/tasks/code/code_judge'
import { GuestReader } from './judge_reader'

/**
 * Maximum polls of a program. QuickJS polls after every 10 000 loop turns and calls. Counting polls instead
 * of time makes a reward the same on every machine.
 */
const MOST_POLLS = 100
/** Stack limit, below the point where the engine that runs QuickJS overflows; about 600 calls deep. */
const STACK_BYTES = 128 * 1024
/**
 * Pages of 64 KiB, fixed, so every program finds the same memory. QuickJS's own limit does not work here,
 * because it does not know the sizes of its allocations.
 */
const MEMORY_PAGES = 256
/** No clock and no randomness: the same program returns the same values. */
const INTRINSICS = { ...DefaultIntrinsics, Date: false }
const WITHOUT_CHANCE = 'delete Math.random'

/** Runs programs one after the other, each in its own QuickJS runtime, without any host objects. */
export class Sandbox {
  private module: Promise<QuickJSWASMModule> | null = null

  /** @param wasm address of QuickJS's binary, if it is not beside its script */
  constructor(private readonly wasm?: string) {}

  load(): Promise<QuickJSWASMModule> {
    this.module ??= newQuickJSWASMModuleFromVariant(
      newVariant(variant, {
        wasmLocation: this.wasm,
        wasmMemory: () =>
          Promise.resolve(new WebAssembly.Memory({ initial: MEMORY_PAGES, maximum: MEMORY_PAGES })),
      }),
    )
    return this.module
  }

  async execute(program: Program): Promise<Execution> {
    const module = await this.load()
    try {
      return Scope.withScope((scope) => executeIn(module, scope, program))
    } catch {
      // QuickJS itself failed: its host stack overflowed, or memory ran out where it cannot recover.
      this.module = null
      return { loaded: false, returned: [] }
    }
  }
}

function executeIn(module: QuickJSWASMModule, scope: Scope, { source, name, calls }: Program): Execution {
  const runtime = scope.manage(module.newRuntime())
  runtime.setMaxStackSize(STACK_BYTES)
  let polls = 0
  runtime.setInterruptHandler(() => ++polls > MOST_POLLS)
  const context = scope.manage(runtime.newContext({ intrinsics: INTRINSICS }))
  // Take everything needed of the language before the untrusted source can change it.
  const reader = new GuestReader(context, scope)
  const inputs = calls.map((input) => input.map((value) => scope.manage(writeValue(context, value))))
  context.unwrapResult(context.evalCode(WITHOUT_CHANCE)).dispose()

  // A source may throw after it defines its function, e.g. by printing. The function still counts.
  context.evalCode(source).dispose()
  if (polls > MOST_POLLS) return { loaded: false, returned: [] }
  const found = scope.manage(context.evalCode(name))
  if (found.error || context.typeof(found.value) !== 'function') return { loaded: false, returned: [] }
  const returned = inputs.map((input) => {
    const result = context.callFunction(found.value, context.undefined, input)
    try {
      return result.error ? undefined : reader.read(result.value)
    } finally {
      result.dispose()
    }
  })
  return { loaded: true, returned }
}

function writeValue(context: QuickJSContext, value: Value): QuickJSHandle {
  if (value === null) return context.null
  if (typeof value === 'boolean') return value ? context.true : context.false
  if (typeof value === 'number') return context.newNumber(value)
  if (typeof value === 'string') return context.newString(value)
  const handle = Array.isArray(value) ? context.newArray() : context.newObject()
  for (const [name, item] of Object.entries(value))
    writeValue(context, item).consume((written) =>
      context.setProp(handle, Array.isArray(value) ? Number(name) : name, written),
    )
  return handle
}
