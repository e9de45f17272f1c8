import type { RunEvent } from '../../ilr/events'

/** The numbers of an evaluation by name, as Hugging Face names those of one; what was not measured is not there. */
export function evalMeasures(event: Extract<RunEvent, { type: 'eval' }>): Record<string, number> {
  const { solo, skills, readings, idea3, debate, sampled, vote, ood, n, trainedTokens, generatedTokens } =
    event
  const measures: Record<string, number> = {}
  const add = (name: string, value: number) => {
    if (Number.isFinite(value)) measures[`eval_${name}`] = value
  }
  for (const [name, perPeer] of Object.entries({ solo, idea3, debate, ood })) {
    if (!perPeer) continue
    const values = Object.values(perPeer)
    add(name, values.reduce((sum, value) => sum + value, 0) / values.length)
    for (const [peer, value] of Object.entries(perPeer)) add(`${name}/${peer}`, value)
  }
  for (const [name, perPeer] of Object.entries({ solo: skills, reading: readings, sampled }))
    for (const [peer, bySkill] of Object.entries(perPeer ?? {}))
      for (const [skill, value] of Object.entries(bySkill)) add(`${name}/${peer}/${skill}`, value)
  if (vote !== undefined) add('vote', vote)
  add('samples', n)
  add('trained_tokens', trainedTokens)
  add('generated_tokens', generatedTokens)
  return measures
}
