import { z } from 'zod'
import type { RunConfig } from '../config'

/** Makes, of the schema of a value, that of a record with such a value for each peer of a run and for nobody else. */
export type PerPeer = <T>(value: z.ZodType<T>) => z.ZodType<Record<string, T>>

export function perPeerOf({ peers }: RunConfig): PerPeer {
  return <T>(value: z.ZodType<T>) => {
    const record = z.strictObject(Object.fromEntries(peers.map(({ id }) => [id, value])))
    return record as unknown as z.ZodType<Record<string, T>>
  }
}
