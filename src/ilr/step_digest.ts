import type { RunConfig } from '../runs/config'
import { DIGEST_START, extendDigest, f32Bytes, jsonBytes, u32Bytes } from '../runs/digest'
import { STAGES } from './keys'
import type { StepRecord } from './step'

/** The first link of a run: its configuration and, by its peers' ids, the fingerprints of their models. */
export function runDigest(config: RunConfig, models: Readonly<Record<string, string>>): Promise<string> {
  return extendDigest(DIGEST_START, [jsonBytes(config), jsonBytes(models)])
}

/** The link of one step: tokens sampled, rewards, updated parameters; stage by stage, peer by peer. */
export function stepDigest(previous: string, { stages, adapters }: StepRecord): Promise<string> {
  const parts: Uint8Array[] = []
  for (const stage of STAGES) {
    const { completions, rewards } = stages[stage]
    completions.forEach((rows, i) => {
      parts.push(
        u32Bytes(rows.map(({ ids }) => ids.length)),
        u32Bytes(rows.flatMap(({ ids }) => ids)),
        f32Bytes(Float32Array.from(rewards[i], ({ total }) => total)),
      )
    })
  }
  for (const { parameters } of adapters) parts.push(...parameters.map(f32Bytes))
  return extendDigest(previous, parts)
}
