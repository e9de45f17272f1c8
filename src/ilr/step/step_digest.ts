import type { RunConfig } from '../../config/config'
import type { Peer } from '../../model/peer'
import { f32Bytes, PartHash } from '../../part_hash'
import { STAGES } from '../../tasks/task'
import { DIGEST_START, extendDigest, jsonBytes, linkAfter, u32Bytes } from '../digest_chain'
import type { StepRecord } from './step'

/** Returns the first link of a run: its configuration and, by peer id, the fingerprints of the models. */
export function runDigest(config: RunConfig, models: Readonly<Record<string, string>>): Promise<string> {
  return extendDigest(DIGEST_START, [jsonBytes(config), jsonBytes(models)])
}

/**
 * Returns the link of one step: sampled tokens, rewards and updated parameters, stage by stage and peer by
 * peer. The holders of adapters hash their parameters in their own workers, one after the other; only the
 * hash state crosses.
 */
export async function stepDigest(
  previous: string,
  { stages }: Pick<StepRecord, 'stages'>,
  holders: readonly Peer[],
): Promise<string> {
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
  let hash = linkAfter(previous, parts).state()
  for (const holder of holders) hash = await holder.hashParameters(hash)
  return PartHash.carryOn(hash).hex()
}
