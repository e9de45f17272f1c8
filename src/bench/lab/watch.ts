/**
 * Counts what its thread holds: compiled wasm modules, wasm memories, GPU buffers. It must run before what it watches. One block
 * without imports, since the commands also put its text in front of workers' scripts.
 */

export interface Compiled {
  /** The function of `WebAssembly` that was called. */
  readonly how: string
  readonly bytes: number
}

export interface Watch {
  readonly memories: WebAssembly.Memory[]
  readonly compiled: Compiled[]
  /** GPU buffers created and not destroyed; `peak` may be set back to `bytes`. */
  readonly gpu: { buffers: number; bytes: number; peak: number }
}

/** What a watched thread answers. */
export interface WatchReport {
  readonly compiled: readonly Compiled[]
  /** Bytes of each wasm memory. */
  readonly memories: readonly number[]
  readonly gpu: Watch['gpu']
}

declare global {
  var colloquyWatch: Watch | undefined
}

{
  const watch: Watch = { memories: [], compiled: [], gpu: { buffers: 0, bytes: 0, peak: 0 } }
  globalThis.colloquyWatch = watch

  const compiling = async <T>(how: string, bytes: number, work: Promise<T>): Promise<T> => {
    const result = await work
    watch.compiled.push({ how, bytes })
    return result
  }
  const { instantiateStreaming, compileStreaming, instantiate, compile } = WebAssembly
  const bytesOf = (response: Response) => Number(response.headers.get('content-length') ?? 0)
  WebAssembly.instantiateStreaming = async (source, imports) => {
    const response = await source
    const bytes = bytesOf(response)
    return compiling('instantiateStreaming', bytes, instantiateStreaming(response, imports))
  }
  WebAssembly.compileStreaming = async (source) => {
    const response = await source
    return compiling('compileStreaming', bytesOf(response), compileStreaming(response))
  }
  WebAssembly.compile = (bytes) => compiling('compile', bytes.byteLength, compile(bytes))
  const instantiateAny = (source: BufferSource | WebAssembly.Module, imports?: WebAssembly.Imports) =>
    source instanceof WebAssembly.Module
      ? instantiate(source, imports)
      : compiling('instantiate', source.byteLength, instantiate(source, imports))
  WebAssembly.instantiate = instantiateAny as typeof WebAssembly.instantiate

  WebAssembly.Memory = new Proxy(WebAssembly.Memory, {
    construct(target, parameters: [WebAssembly.MemoryDescriptor]) {
      const memory = new target(...parameters)
      watch.memories.push(memory)
      return memory
    },
  })

  if (typeof GPUDevice !== 'undefined') {
    const { createBuffer } = GPUDevice.prototype
    const { destroy } = GPUBuffer.prototype
    const live = new WeakSet<GPUBuffer>()
    GPUDevice.prototype.createBuffer = function (this: GPUDevice, descriptor) {
      const buffer = createBuffer.call(this, descriptor)
      live.add(buffer)
      watch.gpu.buffers++
      watch.gpu.bytes += buffer.size
      watch.gpu.peak = Math.max(watch.gpu.peak, watch.gpu.bytes)
      return buffer
    }
    GPUBuffer.prototype.destroy = function (this: GPUBuffer) {
      if (live.delete(this)) {
        watch.gpu.buffers--
        watch.gpu.bytes -= this.size
      }
      return destroy.call(this)
    }
  }

  // Threads answer the message `report` with a `WatchReport`.
  const channel = new BroadcastChannel('colloquy-watch')
  // An open channel would keep node's process alive.
  ;(channel as { unref?: () => void }).unref?.()
  channel.addEventListener('message', ({ data }) => {
    if (data !== 'report') return
    const report: WatchReport = {
      compiled: watch.compiled,
      memories: watch.memories.map(({ buffer }) => buffer.byteLength),
      gpu: watch.gpu,
    }
    channel.postMessage(report)
  })
}
