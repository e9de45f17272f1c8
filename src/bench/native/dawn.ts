import { create, globals } from 'webgpu'
import { ColloquyError } from '../../errors'
import { type Gpu, isSoftware, requestGpu } from '../../gpu/device'

/** Which of the machine's adapters is measured. */
export interface DawnOptions {
  /** Part of the adapter's name, or null for the one the system prefers. */
  readonly adapter: string | null
  readonly allowSoftware: boolean
}

/** Dawn ends with the last reference to what `create` gave, and takes its devices' memory with it. */
let dawn: GPU | undefined

/**
 * A device of Dawn, WebGPU's implementation in Chrome, in this process. GPUBufferUsage and its like become
 * globals, as they are in a browser. Timestamps are exact here: browsers round them to 100 µs.
 * @throws ColloquyError `backend` without a GPU, with a software GPU only, or without a way to time on it
 */
export async function openDawn({ adapter, allowSoftware }: DawnOptions): Promise<Gpu> {
  Object.assign(globalThis, globals)
  const toggles = ['disable-dawn-features=timestamp_quantization']
  if (adapter !== null) toggles.push(`adapter=${adapter}`)
  dawn = create(toggles)
  let gpu: Gpu
  try {
    gpu = await requestGpu({ powerPreference: 'high-performance' }, dawn)
  } catch (cause) {
    throw noAdapter(adapter, cause)
  }
  if (isSoftware(gpu.info) && !allowSoftware) {
    gpu.device.destroy()
    throw refused(
      `${gpu.info.description}, a software GPU`,
      'a GPU',
      'Run it on a machine with a GPU, or give --allow-software to see it run: its times say nothing about a GPU',
    )
  }
  if (!gpu.timestamps) {
    gpu.device.destroy()
    throw refused(
      `${gpu.info.description} without timestamp-query`,
      'a device that can time its own work',
      'Update the driver, or use another GPU',
    )
  }
  return gpu
}

function noAdapter(adapter: string | null, cause: unknown): ColloquyError {
  // Dawn throws where a name matches nothing, and lists the names there are.
  const listed = cause instanceof ColloquyError || !(cause instanceof Error) ? null : cause.message.trim()
  return refused(
    listed ?? 'no adapter',
    adapter === null
      ? 'a GPU with a Vulkan, Metal or Direct3D 12 driver'
      : `an adapter with ${JSON.stringify(adapter)} in its name`,
    adapter === null
      ? 'Install the driver (on Linux also the Vulkan loader, libvulkan1)'
      : 'Give part of the name of one that is there',
    cause,
  )
}

function refused(found: string, wanted: string, todo: string, cause?: unknown): ColloquyError {
  return new ColloquyError({ code: 'backend', what: 'npm run bench:native', found, wanted, todo }, { cause })
}
