import { requestAdapter } from '../../gpu/device'

/** Whether this browser offers a graphics card: which one; or why not, and what helps. */
export async function webGpuSupport() {
  if (!isSecureContext) return missing('it needs a secure page: open it over https, or from localhost')
  // Typed as always there, but Firefox and Safari lack it on some systems.
  const gpu = (navigator as { gpu?: GPU }).gpu
  if (gpu === undefined)
    return missing(
      `this browser has no WebGPU: ${wayToWebGpu(navigator.userAgent)}, or stay on the processor`,
    )
  try {
    const adapter = await requestAdapter(gpu)
    if (adapter === null)
      return missing('the browser found none that it may use: switch on hardware acceleration')
    const { description, vendor, architecture } = adapter.info
    const name = description || [vendor, architecture].filter(Boolean).join(' ')
    return { there: true, text: `Graphics card: ${name || 'unnamed'}.` }
  } catch (error) {
    return missing(`the browser refused it (${error instanceof Error ? error.message : String(error)})`)
  }
}

/** What helps in a browser that has no WebGPU, or has it switched off. */
export function wayToWebGpu(userAgent: string): string {
  if (/Firefox\//.test(userAgent)) return 'in about:config set dom.webgpu.enabled to true and reload'
  if (/Version\/\S+ .*Safari\//.test(userAgent))
    return 'it comes with Safari 26; in an older one switch on WebGPU under Settings, Feature Flags'
  return 'try a current Chrome, Edge or Safari'
}

function missing(why: string) {
  return { there: false, text: `No graphics card here (WebGPU): ${why}.` }
}
