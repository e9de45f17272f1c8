import { useEffect, useState } from 'preact/hooks'

/** A value that changes in time, and tells its listeners. */
export class Observed<Value> {
  private readonly listeners = new Set<(now: Value) => void>()

  constructor(private value: Value) {}

  get current(): Value {
    return this.value
  }

  /** @returns what ends it */
  subscribe(listener: (now: Value) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  protected show(value: Value): void {
    this.value = value
    for (const listener of this.listeners) listener(value)
  }
}

/** Returns the value, or a part of it; a component renders again only when that changes. */
export function useObserved<Value, Part = Value>(
  source: Observed<Value>,
  pick: (now: Value) => Part = (now) => now as Value & Part,
): Part {
  const [now, setNow] = useState(() => pick(source.current))
  useEffect(() => {
    setNow(() => pick(source.current))
    return source.subscribe((next) => setNow(() => pick(next)))
  }, [source])
  return now
}
