type Free = () => void | Promise<void>

/**
 * Frees the buffers, tensors and sessions that a piece of work holds, newest first, also when the work
 * throws. Use `scoped` for work that gives everything back. Use `keeping` where the result owns the scope or
 * what was handed on.
 */
export class Scope {
  private readonly held = new Map<unknown, Free>()

  /** Registers `thing`, so that closing the scope frees it. */
  hold<T>(thing: T, free: (thing: T) => void | Promise<void>): T {
    this.held.set(thing, () => free(thing))
    return thing
  }

  /** Releases a thing from the scope without freeing it: the receiver owns it now. */
  handOn<T>(thing: T): T {
    this.held.delete(thing)
    return thing
  }

  /** Frees one thing before the others. */
  free(thing: unknown): void | Promise<void> {
    const free = this.held.get(thing)
    this.held.delete(thing)
    return free?.()
  }

  /**
   * Frees everything that is left and continues after a failure.
   * @throws the first error that a `free` throws
   */
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

  /** Does the same synchronously, for things that are freed without waiting. */
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

/** Runs work and frees what it held. */
export function scoped<T>(work: (scope: Scope) => Promise<T>): Promise<T> {
  return keeping(async (scope) => {
    const result = await work(scope)
    await scope.close()
    return result
  })
}

/** Runs work whose result keeps what it held. Frees everything when the work throws. */
export async function keeping<T>(work: (scope: Scope) => Promise<T>): Promise<T> {
  const scope = new Scope()
  try {
    return await work(scope)
  } catch (error) {
    // A failure to free here has the same cause as `error`.
    await scope.close().catch(() => undefined)
    throw error
  }
}

/** `scoped` for synchronous work. */
export function scopedNow<T>(work: (scope: Scope) => T): T {
  return keepingNow((scope) => {
    const result = work(scope)
    scope.closeNow()
    return result
  })
}

/** `keeping` for synchronous work. */
export function keepingNow<T>(work: (scope: Scope) => T): T {
  const scope = new Scope()
  try {
    return work(scope)
  } catch (error) {
    try {
      scope.closeNow()
    } catch {
      // A failure to free here has the same cause as `error`.
    }
    throw error
  }
}
