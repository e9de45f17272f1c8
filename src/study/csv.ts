import { mean } from '../report/averages'
import { type Cells, csvTable } from '../runs/export/csv'
import type { StudyLine, StudyRun } from './results'

/** All evaluations as a table with one column per number; a cell is empty where a run did not measure it. */
export function csvOf(runs: readonly StudyRun[]): string {
  return csvTable(runs.flatMap(({ lines }) => lines.map(cellsOf)))
}

function cellsOf(line: StudyLine): Cells {
  const { scenario, arm, seed, step, n, trainedTokens, generatedTokens, seconds } = line
  const cells: Record<string, string | number> = {
    ...{ scenario, arm, seed, step, final: Number(line.final), n, trainedTokens, generatedTokens, seconds },
    solo_mean: mean(Object.values(line.solo)),
  }
  for (const name of ['solo', 'idea3', 'debate', 'ood'] as const)
    for (const [peer, value] of Object.entries(line[name] ?? {})) cells[`${name}_${peer}`] = value
  if (line.vote !== undefined) cells.vote = line.vote
  for (const [name, perPeer] of [
    ['solo', line.skills],
    ['sampled', line.sampled ?? {}],
  ] as const)
    for (const [peer, skills] of Object.entries(perPeer))
      for (const [skill, value] of Object.entries(skills)) cells[`${name}_${peer}_${skill}`] = value
  return cells
}
