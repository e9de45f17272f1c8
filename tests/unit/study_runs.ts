import type { StudyLine, StudyRun } from '../../src/study/results'
import type { Job } from '../../src/study/scenarios'

/** Makes an evaluation with the given numbers; both peers of `duet` have the same accuracy. */
export function line(job: Job, solo: number, more: Partial<StudyLine> = {}): StudyLine {
  const both = { ada: solo, bo: solo }
  return {
    ...job,
    step: 0,
    solo: both,
    idea3: both,
    skills: {},
    trainedTokens: 0,
    generatedTokens: 0,
    seconds: 0,
    n: 100,
    config: 'abc',
    final: false,
    ...more,
  }
}

/** Makes a run that starts at one accuracy and ends at another. */
export function run(
  arm: string,
  seed: number,
  [start, end]: readonly [number, number],
  [first, last]: readonly [Partial<StudyLine>, Partial<StudyLine>] = [{}, {}],
  scenario = 'duet',
): StudyRun {
  const job = { scenario, arm, seed }
  const spent = { step: 10, trainedTokens: 1000, generatedTokens: 3000, seconds: 60 }
  const lines = [line(job, start, first), line(job, end, { ...spent, final: true, end: 'steps', ...last })]
  return { ...job, lines }
}
