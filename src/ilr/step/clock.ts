/** Seconds by name: what each stage of a step took. */
export class Clock {
  private readonly spent: Record<string, number> = {}

  /** @param now milliseconds, monotonic */
  constructor(private readonly now: () => number) {}

  async time<T>(name: string, work: () => Promise<T>): Promise<T> {
    const begun = this.now()
    const result = await work()
    this.spent[name] = (this.spent[name] ?? 0) + (this.now() - begun) / 1000
    return result
  }

  get seconds(): Readonly<Record<string, number>> {
    return this.spent
  }
}
