import { ColloquyError } from '../../src/errors'
import { serveInBrowser, streamInBrowser } from '../../workers/browser/browser_worker'
import { hostPeers } from '../../workers/peer_host'
import { type Script, ScriptedPeer } from '../unit/ilr_scripted'

const shortage = new ColloquyError({
  code: 'memory',
  what: 'wasm engine',
  found: 'std::bad_alloc',
  wanted: 'memory for the model and the batch',
  todo: 'Close other pages',
})

/**
 * A peer without a model. Its source decides its fate: `scripted`, `missing`, `close at N`, `crash at N`,
 * `hang at N`, or `full at N` (out of memory there, until passes are halved twice).
 */
serveInBrowser(
  hostPeers(async ({ ids, source, halvings = 0 }) => {
    if (source === 'missing')
      throw new ColloquyError({
        code: 'model-file',
        what: ids.join(),
        found: 'none',
        wanted: 'one',
        todo: 'Look for it',
      })
    const [fate, last] = source.split(' at ')
    const script: Script = {
      wait(_peer, kind, call) {
        if (kind !== 'generate' || call !== Number(last)) return undefined
        if (fate === 'full') return halvings >= 2 ? undefined : Promise.reject(shortage)
        if (fate === 'crash')
          setTimeout(() => {
            throw new RangeError('out of everything')
          })
        if (fate === 'close') (globalThis as unknown as DedicatedWorkerGlobalScope).close()
        return new Promise(() => undefined)
      },
    }
    return ids.map((id) => new ScriptedPeer(id, script))
  }, streamInBrowser),
)
