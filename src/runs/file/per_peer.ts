import type { RunConfig } from '../../config/config'
import { damaged } from './field'

/**
 * Records that have a value for each peer of the run, and for nobody else, by the fields they are in; undefined is one that is
 * not there.
 * @throws ColloquyError `storage` naming the first that does not
 */
export function checkPeers(
  { peers }: Pick<RunConfig, 'peers'>,
  records: Readonly<Record<string, object | null | undefined>>,
  part: string,
): void {
  for (const [field, record] of Object.entries(records)) {
    if (record === undefined || record === null) continue
    const missing = peers.find(({ id }) => !Object.hasOwn(record, id))
    if (missing) throw damaged(part, `${field}.${missing.id}`, 'nothing', 'a value for each peer of the run')
    const surplus = Object.keys(record).find((name) => !peers.some(({ id }) => id === name))
    if (surplus !== undefined)
      throw damaged(part, `${field}.${surplus}`, 'a value', 'values of the peers of the run alone')
  }
}
