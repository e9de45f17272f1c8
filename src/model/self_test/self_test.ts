/** Checks at start that this browser's graphics card computes correctly, and chooses what does. */

import { adapterName, type DeviceStore, isSoftware, requestAdapter } from '../../gpu/device'
import type { FloatType } from '../../onnx/proto'
import { exercise } from './exercise'
import { EXPECTED } from './expected'
import { firstCorrect, noticeOf, problemIn, rememberedProblem, type Way } from './verdict'

/**
 * Decodes and trains with a small model on the graphics card and compares with the processor's results, once
 * per adapter and version. Software adapters are not tested: compiling takes ten seconds there.
 * @param wanted fastest arithmetic that the run may use; the test takes f32 on an adapter without f16
 * @returns the fastest correct way, and a notice for the visitor where it is not the wanted one. Without an
 * adapter nothing is wrong: loading a peer then says what is missing.
 */
export async function selfTest(
  wanted: FloatType,
  store: DeviceStore,
): Promise<{ readonly use: Way; readonly notice: string | null }> {
  // The type says it is always there, but some browsers lack it.
  const gpu = (globalThis.navigator as { gpu?: GPU } | undefined)?.gpu
  const adapter = gpu ? await requestAdapter(gpu) : null
  if (adapter === null || isSoftware(adapter.info)) return { use: wanted, notice: null }
  const { env } = await import('onnxruntime-web/webgpu')
  const browser = /(?:Firefox|Version|Chrome)\/[\d.]+/.exec(navigator.userAgent)?.[0] ?? navigator.userAgent
  const versions = `${browser}, ONNX Runtime ${env.versions.common}`
  const { vendor, architecture, device, description } = adapter.info
  // A build names this script after its content and its imports', kernels included.
  const key = ['self-test', import.meta.url, versions, vendor, architecture, device, description]
  const fastest = adapter.features.has('shader-f16') ? wanted : 'f32'
  const verdict = await firstCorrect(fastest, (tried) =>
    rememberedProblem(store, [...key, tried].join('|'), () =>
      problemIn(exercise('webgpu', tried === 'f16'), EXPECTED, tried),
    ),
  )
  return { use: verdict.use, notice: noticeOf(verdict, `${adapterName(adapter.info)}, ${versions}`) }
}
