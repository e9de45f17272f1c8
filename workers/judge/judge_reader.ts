import type { QuickJSContext, QuickJSHandle, Scope } from 'quickjs-emscripten-core'
import type { Value } from '../../src/tasks/code/code_judge'

/** Maximum values and characters of one result. A larger result is not read. */
const MOST_READ = 10_000
const DEEPEST = 20

/**
 * Reads values out of QuickJS with language functions that were taken before any untrusted code ran. Getters
 * and proxies may still run untrusted code during a read, but they can only decide their own value.
 */
export class GuestReader {
  private readonly get: QuickJSHandle
  private readonly keys: QuickJSHandle
  private readonly isArray: QuickJSHandle
  private readonly prototypeOf: QuickJSHandle
  private readonly plain: QuickJSHandle
  private left = 0

  constructor(
    private readonly context: QuickJSContext,
    scope: Scope,
  ) {
    const take = (expression: string) => scope.manage(context.unwrapResult(context.evalCode(expression)))
    this.get = take('Reflect.get')
    this.keys = take('Object.keys')
    this.isArray = take('Array.isArray')
    this.prototypeOf = take('Object.getPrototypeOf')
    this.plain = take('Object.prototype')
  }

  /** Returns the value; undefined where JSON cannot express it, or it is too large. */
  read(handle: QuickJSHandle): Value | undefined {
    this.left = MOST_READ
    return this.value(handle, 0)
  }

  private value(handle: QuickJSHandle, depth: number): Value | undefined {
    if (--this.left < 0 || depth > DEEPEST) return undefined
    switch (this.context.typeof(handle)) {
      case 'boolean':
        return this.context.eq(handle, this.context.true)
      case 'number': {
        const number = this.context.getNumber(handle)
        return Number.isFinite(number) ? number : undefined
      }
      case 'string':
        return this.text(handle)
      case 'object':
        if (this.context.eq(handle, this.context.null)) return null
        return this.isTrue(this.isArray, handle) ? this.list(handle, depth) : this.record(handle, depth)
      default:
        return undefined
    }
  }

  private text(handle: QuickJSHandle): string | undefined {
    const length = this.length(handle)
    if (length === undefined) return undefined
    this.left -= length
    const text = this.context.getString(handle)
    // `getString` cuts a string at a zero character.
    return text.length === length ? text : undefined
  }

  private list(handle: QuickJSHandle, depth: number): Value[] | undefined {
    const length = this.length(handle)
    if (length === undefined) return undefined
    const items: Value[] = []
    for (let i = 0; i < length; i++) {
      const item = this.property(handle, i, (found) => this.value(found, depth + 1))
      if (item === undefined) return undefined
      items.push(item)
    }
    return items
  }

  private record(handle: QuickJSHandle, depth: number): Value | undefined {
    if (!this.isPlain(handle)) return undefined
    const names = this.call(this.keys, [handle], (found) => this.list(found, depth))
    if (names === undefined) return undefined
    const entries: [string, Value][] = []
    for (const name of names) {
      const value = this.property(handle, String(name), (found) => this.value(found, depth + 1))
      if (value === undefined) return undefined
      entries.push([String(name), value])
    }
    return Object.fromEntries(entries)
  }

  /**
   * Returns false for a Map, a Date, a promise and the like: they have no own names and would pass for `{}`.
   */
  private isPlain(handle: QuickJSHandle): boolean {
    const { context, plain } = this
    const known = (found: QuickJSHandle) => context.eq(found, plain) || context.eq(found, context.null)
    return this.call(this.prototypeOf, [handle], known) ?? false
  }

  /** Returns the length of a list or string, if it is within what may still be read. */
  private length(handle: QuickJSHandle): number | undefined {
    const length =
      this.context.typeof(handle) === 'string' ? this.textLength(handle) : this.listLength(handle)
    return length !== undefined && length <= this.left ? length : undefined
  }

  private textLength(handle: QuickJSHandle): number {
    return this.context.getProp(handle, 'length').consume((found) => this.context.getNumber(found))
  }

  private listLength(handle: QuickJSHandle): number | undefined {
    return this.property(handle, 'length', (found) =>
      this.context.typeof(found) === 'number' ? this.context.getNumber(found) : undefined,
    )
  }

  private property<T>(handle: QuickJSHandle, name: string | number, use: (found: QuickJSHandle) => T) {
    const key = typeof name === 'number' ? this.context.newNumber(name) : this.context.newString(name)
    return key.consume(() => this.call(this.get, [handle, key], use))
  }

  private isTrue(question: QuickJSHandle, handle: QuickJSHandle): boolean {
    return this.call(question, [handle], (found) => this.context.eq(found, this.context.true)) ?? false
  }

  private call<T>(
    taken: QuickJSHandle,
    input: QuickJSHandle[],
    use: (found: QuickJSHandle) => T,
  ): T | undefined {
    const result = this.context.callFunction(taken, this.context.undefined, input)
    try {
      return result.error ? undefined : use(result.value)
    } finally {
      result.dispose()
    }
  }
}
