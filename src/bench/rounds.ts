/** Taking samples: sides in turns, so that a machine whose speed drifts drifts for all of them. */

/** Seconds that something takes. */
export async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const start = performance.now()
  const result = await work()
  return { result, seconds: (performance.now() - start) / 1000 }
}

/**
 * One sample of each side a round, after a round to warm up. Who goes first changes with every round.
 * @param sides what gives a sample of each, by name
 * @returns their samples by name, `rounds` of each
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

/** Those samples as the sides of a figure, in the order in which they were named. */
export function sidesOf(samples: Readonly<Record<string, readonly number[]>>) {
  return Object.entries(samples).map(([name, values]) => ({ name, samples: values }))
}
