/** Sides take turns, so that a drift of the machine's speed is in the samples of all of them. */

/** The seconds that work takes. */
export async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const start = performance.now()
  const result = await work()
  return { result, seconds: (performance.now() - start) / 1000 }
}

/**
 * Takes one sample of each side a round, after a round to warm up. The order of sides changes with every round.
 * @returns samples by side, `rounds` of each
 */
export async function inTurns<Name extends string>(
  rounds: number,
  sides: Readonly<Record<Name, (round: number) => Promise<number>>>,
  onRound: (round: number) => Promise<void> = async () => undefined,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(sides) as Name[]
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>
  for (let round = 0; round <= rounds; round++) {
    await onRound(round)
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      const sample = await sides[name](round)
      if (round > 0) samples[name].push(sample)
    }
  }
  return samples
}

/** What to do at the start of a round: say which one it is. */
export function sayRound(say: (text: string) => Promise<void>, what: string, rounds: number) {
  return (round: number) => say(`${what}: ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`)
}
