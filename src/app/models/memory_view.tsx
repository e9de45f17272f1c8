import type { RunConfig } from '../../config/config'
import type { MemoryPart } from '../../model/memory/memory_plan'
import { bytesText } from '../../report/format'
import { withLabels } from '../problem_text'
import type { RunEstimate } from './run_estimate'

const DEVICE: Readonly<Record<RunConfig['backend'], string>> = {
  wasm: 'wasm memory',
  webgpu: 'graphics memory',
}

/** A run, and what it takes. */
export interface PlannedRun extends Pick<RunConfig, 'peers' | 'backend'> {
  readonly estimate: RunEstimate
}

/** What the whole run takes, on demand part by part, and what to lower where that is too much. */
export function RunMemoryView({ estimate: { memory, shortage }, peers, backend }: PlannedRun) {
  const { groups, device, javascript } = memory
  if (groups.length === 0) return null
  const told = groups.reduce((sum, { ids }) => sum + ids.length, 0)
  return (
    <div class="row models-memory">
      <p>
        {told < peers.length ? 'The models known so far take' : 'This run takes'} at most about{' '}
        <strong>{bytesText(device + javascript)}</strong> of memory: {bytesText(device)} of {DEVICE[backend]}{' '}
        and {bytesText(javascript)} of JavaScript.
      </p>
      {shortage === null ? null : (
        <div class="notice notice-problem">
          <p>
            {shortage.certain ? 'This does not fit: ' : 'This may be too much: '}
            {shortage.what}.
          </p>
          <ul class="bulleted">
            {[...shortage.lower, 'Choose a smaller model'].map((todo) => (
              <li key={todo}>{withLabels(todo)}.</li>
            ))}
          </ul>
        </div>
      )}
      <details>
        <summary>What the memory is for</summary>
        {groups.map(({ ids, plan }) => (
          <table key={ids.join()} class="numbers">
            <caption>{ids.join(' and ')}</caption>
            <tbody>
              <Parts title={DEVICE[backend]} total={plan.device} parts={plan.parts} />
              <Parts title="JavaScript" total={plan.javascript} parts={plan.javascriptParts} />
            </tbody>
          </table>
        ))}
      </details>
    </div>
  )
}

function Parts({ title, total, parts }: { title: string; total: number; parts: readonly MemoryPart[] }) {
  return (
    <>
      <tr>
        <th scope="row">{title}</th>
        <td>{bytesText(total)}</td>
      </tr>
      {parts.map(({ name, bytes }) => (
        <tr key={name} class="models-memory-part">
          <td>{name}</td>
          <td>{bytesText(bytes)}</td>
        </tr>
      ))}
    </>
  )
}
