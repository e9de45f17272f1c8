type Free = () => void | Promise<void>

/**
 * Frees what work has taken (GPU buffers, tensors, sessions) when the work is over, the newest first, whether it has thrown or not:
 * `scoped` around work that gives everything back, `keeping` around work whose result owns the scope or what was handed on.
 */
export class Scope {
  private readonly held = new Map<unknown, Free>()

  /** Frees `thing` with the scope. */
  hold<T>(thing: T, free: (thing: T) => void | Promise<void>): T {
    this.held.set(thing, () => free(thing))
    return thing
  }

  /** Leaves a thing to whoever gets it. */
  handOn<T>(thing: T): T {
    this.held.delete(thing)
    return thing
  }

  /** Frees a thing before the others. */
  free(thing: unknown): void | Promise<void> {
    const free = this.held.get(thing)
    this.held.delete(thing)
    return free?.()
  }

  /** Frees everything that is left, also after one of them has failed. @throws what the first that failed has thrown */
  async close(): Promise<void> {
    const failures: unknown[] = []
    for (const thing of [...this.held.keys()].reverse())
      try {
        await this.free(thing)
      } catch (error) {
        failures.push(error)
      }
    if (failures.length > 0) throw failures[0]
  }

  /** The same at once, for things that are freed without waiting. */
  closeNow(): void {
    const failures: unknown[] = []
    for (const thing of [...this.held.keys()].reverse())
      try {
        void this.free(thing)
      } catch (error) {
        failures.push(error)
      }
    if (failures.length > 0) throw failures[0]
  }
}

/** Does work and frees what it held. */
export function scoped<T>(work: (scope: Scope) => Promise<T>): Promise<T> {
  return keeping(async (scope) => {
    const result = await work(scope)
    await scope.close()
    return result
  })
}

/** Does work that keeps what it held, and frees that where it throws. */
export async function keeping<T>(work: (scope: Scope) => Promise<T>): Promise<T> {
  const scope = new Scope()
  try {
    return await work(scope)
  } catch (error) {
    // What cannot be freed broke for the same reason.
    await scope.close().catch(() => undefined)
    throw error
  }
}

/** As `scoped`, of work without waiting. */
export function scopedNow<T>(work: (scope: Scope) => T): T {
  return keepingNow((scope) => {
    const result = work(scope)
    scope.closeNow()
    return result
  })
}

/** As `keeping`, of work without waiting. */
export function keepingNow<T>(work: (scope: Scope) => T): T {
  const scope = new Scope()
  try {
    return work(scope)
  } catch (error) {
    try {
      scope.closeNow()
    } catch {
      // As in `keeping`.
    }
    throw error
  }
}
