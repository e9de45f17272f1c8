/** What a run, or a model, will take of memory, for a terminal: printed before anything is downloaded or loaded. */

import type { RunConfig } from '../../config/config'
import { presetConfig } from '../../config/presets'
import { runMemory } from '../../ilr/memory/run_memory'
import type { Outlines } from '../../ilr/memory/run_tokens'
import { DEFAULT_DTYPE, type Dtype } from '../../model/import/folder_files'
import type { ModelOutline } from '../../model/import/outline'
import type { MemoryPlan } from '../../model/memory/memory_plan'
import { bytesText } from '../../report/format'

const DEVICE: Readonly<Record<RunConfig['backend'], string>> = { wasm: 'wasm', webgpu: 'GPU' }
/** Parts that are told; the rest is small. */
const TOLD = 3

/** A line for each set of weights, and one for all. Empty where nothing is known of any model. */
export function runMemoryText(config: RunConfig, outlines: Outlines): string {
  const { groups, device, javascript } = runMemory(config, outlines, false)
  if (groups.length === 0) return ''
  const lines = groups.map(({ ids, plan }) => `  ${ids.join(' + ')}: ${planText(plan, config.backend)}`)
  // Which of both it will be is known to the browser that runs it.
  const halves = runMemory(config, outlines, true)
  const less = halves.device + halves.javascript
  const text = less < device + javascript ? `, ${bytesText(less)} where the GPU computes in f16` : ''
  return `Memory this run takes, at most about ${bytesText(device + javascript)}${text}:\n${lines.join('\n')}\n`
}

function planText({ device, parts, javascript }: MemoryPlan, backend: RunConfig['backend']): string {
  const most = parts.slice(0, TOLD).map(({ name, bytes }) => `${name} ${bytesText(bytes)}`)
  return `${DEVICE[backend]} ${bytesText(device)} (${most.join(', ')}, …), JavaScript ${bytesText(javascript)}`
}

/** What two peers on one model take with the settings of preset duet, on either backend. */
export function modelMemoryText(outline: ModelOutline, dtype: Dtype = DEFAULT_DTYPE): string {
  const ids = ['a', 'b']
  const peers = ids.map((id) => ({ id, source: 'hub:a/model', dtype }))
  const of = (backend: RunConfig['backend']) => {
    const config = presetConfig('duet', { peers, sharedBase: true, backend })
    const { device, javascript } = runMemory(
      config,
      Object.fromEntries(ids.map((id) => [id, outline])),
      false,
    )
    return `${bytesText(device + javascript)} on ${backend}`
  }
  return `two peers on it take about ${of('wasm')}, ${of('webgpu')}`
}
