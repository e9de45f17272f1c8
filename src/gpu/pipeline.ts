import { ColloquyError } from '../errors'

const compiled = new WeakMap<GPUDevice, Map<string, Promise<GPUComputePipeline>>>()

/**
 * Returns the compute pipeline of a WGSL source and entry point, compiled once per device. Callers that ask
 * during compilation share it.
 * @throws ColloquyError `backend` with line, column and source line where the device refuses the WGSL.
 */
export function computePipeline(
  device: GPUDevice,
  label: string,
  code: string,
  entryPoint = 'main',
): Promise<GPUComputePipeline> {
  let ofDevice = compiled.get(device)
  if (ofDevice === undefined) {
    ofDevice = new Map()
    compiled.set(device, ofDevice)
  }
  const key = `${entryPoint}\n${code}`
  let pipeline = ofDevice.get(key)
  if (pipeline === undefined) {
    pipeline = compile(device, label, code, entryPoint)
    ofDevice.set(key, pipeline)
  }
  return pipeline
}

async function compile(
  device: GPUDevice,
  label: string,
  code: string,
  entryPoint: string,
): Promise<GPUComputePipeline> {
  // The scope keeps the device from also reporting a refused module as an uncaught error.
  device.pushErrorScope('validation')
  const module = device.createShaderModule({ label, code })
  const refusal = device.popErrorScope()
  const { messages } = await module.getCompilationInfo()
  const error = messages.find(({ type }) => type === 'error')
  if ((await refusal) !== null || error !== undefined) throw shaderError(label, code, error)
  return device.createComputePipelineAsync({ label, layout: 'auto', compute: { module, entryPoint } })
}

function shaderError(label: string, code: string, error: GPUCompilationMessage | undefined): ColloquyError {
  const { lineNum = 0, linePos = 0, message = 'a module the device refuses' } = error ?? {}
  const line = code.split('\n')[lineNum - 1] ?? ''
  return new ColloquyError({
    code: 'backend',
    what: `shader "${label}", line ${lineNum}, column ${linePos}`,
    found: `${message}\n  ${line}\n  ${' '.repeat(Math.max(0, linePos - 1))}^\n`,
    wanted: 'WGSL that compiles',
    todo: 'Report this with the name of the browser and adapter, and use backend "wasm" meanwhile',
  })
}
