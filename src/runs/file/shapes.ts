/** What values in several parts of a run file have to be. */
import { z } from '../../schema'

export const count = z.int().min(0)
export const share = z.number().min(0).max(1)
/** See `DIGEST_START`. */
export const chainName = z.string().min(1).max(40)
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits')

/** Whether it has one for every peer is checked by `checkPeers`. */
export function perPeer<T extends z.ZodType>(value: T) {
  return z.record(z.string(), value)
}
