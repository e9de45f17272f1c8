import type { RunRecord } from '../file/run_record'
import { metricsCsv, metricsJsonl, trainerState } from './metrics'
import { transcript } from './transcript'

/** Returns the files of a run for people and other programs: texts by file name. */
export function readableFiles(record: RunRecord): ReadonlyMap<string, string> {
  return new Map([
    ['transcript.md', transcript(record)],
    ['metrics.jsonl', metricsJsonl(record)],
    ['metrics.csv', metricsCsv(record)],
    ['trainer_state.json', `${JSON.stringify(trainerState(record), null, 2)}\n`],
  ])
}
