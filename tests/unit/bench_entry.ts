import type { BenchEntry } from '../../src/bench/results'

/** Makes an entry of results for tests. */
export function benchEntry(changes: Partial<BenchEntry> = {}): BenchEntry {
  return {
    suite: 'decode',
    place: 'wasm',
    quick: false,
    date: '2026-01-02T03:04:05.000Z',
    commit: 'abcdef0',
    machine: { processor: 'a processor', cores: 2, memoryGiB: 8 },
    adapter: null,
    versions: { chromium: '1.2' },
    threads: 1,
    peer: 'ada',
    setting: ['Eight questions.'],
    figures: [],
    fits: [],
    ...changes,
  }
}
