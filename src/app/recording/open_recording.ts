import type { Recording } from '../../runs/recording'

/** Fetches the recorded run, which lies beside the page. */
export async function openRecording(): Promise<Recording> {
  const file = fetch(new URL('../../../recordings/halves.jsonl', import.meta.url))
  const { readRecording } = await import('../../runs/recording')
  return readRecording(await (await file).text())
}
