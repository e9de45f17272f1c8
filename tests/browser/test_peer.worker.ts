import { ColloquyError } from '../../src/errors'
import type { Completion, Peer } from '../../src/model/peer'
import { PartHash } from '../../src/part_hash'
import { serveInBrowser, streamInBrowser } from '../../workers/browser/browser_worker'
import { hostPeers } from '../../workers/peer_host'

/** A peer without a model, for tests of the layers between it and its caller: its prompts are commands. */
function testPeer(id: string): Peer {
  const completion = (prompt: string): Completion => ({
    promptIds: [prompt.length],
    ids: [1, 2],
    logprobs: [-0.5, -0.25],
    text: `${id}: ${prompt}`,
    truncated: false,
  })
  return {
    id,
    async generate({ samples }, onText) {
      switch (samples[0].prompt) {
        case 'close':
          ;(globalThis as unknown as DedicatedWorkerGlobalScope).close()
          return new Promise(() => undefined)
        case 'crash':
          setTimeout(() => {
            throw new RangeError('out of everything')
          })
          return new Promise(() => undefined)
        case 'hang':
          return new Promise(() => undefined)
        case 'slow':
          await new Promise((resolve) => setTimeout(resolve, 50))
          break
        case 'spin':
          for (;;);
        case 'typed':
          throw new ColloquyError({
            code: 'memory',
            what: 'w',
            found: '1 GB',
            wanted: '2 GB',
            todo: 'Buy some',
          })
        case 'untyped':
          throw new TypeError('not a function')
      }
      for (let row = 0; row < samples.length; row++)
        for (const letter of samples[row].prompt) onText?.([{ row, text: letter }])
      return samples.map(({ prompt }) => completion(prompt))
    },
    encode: async (texts) => texts.map((text) => [text.length]),
    spans: async (completions) => completions.map((ids) => ({ thoughts: 0, lengths: ids })),
    advantages: async (requests) =>
      requests.map(({ rewards }) => {
        const calibrated = rewards.map((reward) => reward * 2)
        const zeroVariance = new Uint8Array(1)
        const none = new Float32Array(1)
        const shifts = { shift: 0, relativeShift: none, largestShift: none }
        return { calibrated, advantages: calibrated, clippedFraction: 0, ...shifts, zeroVariance }
      }),
    update: () => new Promise(() => undefined),
    hashParameters: async (hash) => PartHash.carryOn(hash).add(new TextEncoder().encode(id)).state(),
    async adapterState() {
      const layer = [new Float32Array([1, -0, Number.NaN])]
      return { updates: 3, parameters: layer, firstMoments: layer, secondMoments: layer }
    },
    restore: async () => undefined,
    close: async () => undefined,
  }
}

serveInBrowser(
  hostPeers(async (options, onProgress) => {
    onProgress(0.5)
    if (options.source === 'missing')
      throw new ColloquyError({
        code: 'model-file',
        what: 'f',
        found: 'none',
        wanted: 'one',
        todo: 'Look for it',
      })
    if (options.source === 'hang') return new Promise(() => undefined)
    onProgress(1)
    return options.ids.map(testPeer)
  }, streamInBrowser),
)
