/**
 * Counts what the thread it runs in holds: wasm modules compiled, wasm memories, GPU buffers. It must run before what it
 * watches. One block without imports, since the commands also put its text in front of the scripts of workers.
 */

export interface Compiled {
  /** The function of `WebAssembly` that was called. */
  readonly how: string
  readonly bytes: number
  /** When it was done, and how long it took: milliseconds, the first since the page was opened. */
  readonly done: number
  readonly milliseconds: number
}

export interface Watch {
  readonly memories: WebAssembly.Memory[]
  readonly compiled: Compiled[]
  /** GPU buffers created and not destroyed; `peak` may be set back to `bytes`. */
  readonly gpu: { buffers: number; bytes: number; peak: number }
}

/** What a watched thread answers. */
export interface WatchReport {
  /** File name of its script. */
  readonly script: string
  readonly compiled: readonly Compiled[]
  /** Bytes of each wasm memory. */
  readonly memories: readonly number[]
  readonly gpu: Watch['gpu']
  /** Files it fetched: when they were there, and how long that took. */
  readonly fetched: readonly { readonly file: string; readonly done: number; readonly milliseconds: number }[]
}

declare global {
  var colloquyWatch: Watch | undefined
}

{
  const watch: Watch = { memories: [], compiled: [], gpu: { buffers: 0, bytes: 0, peak: 0 } }
  globalThis.colloquyWatch = watch

  /** Since the epoch, so that threads agree. */
  const now = () => performance.timeOrigin + performance.now()
  const compiling = async <T>(how: string, bytes: number, work: Promise<T>): Promise<T> => {
    const start = now()
    const result = await work
    watch.compiled.push({ how, bytes, done: now(), milliseconds: now() - start })
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

  // Threads that are asked `report` on it answer with a `WatchReport`.
  const channel = new BroadcastChannel('colloquy-watch')
  // Node counts it as work that is left: who only watches must not keep a process that is done.
  ;(channel as { unref?: () => void }).unref?.()
  channel.addEventListener('message', ({ data }) => {
    if (data !== 'report') return
    const name = (url: string) => new URL(url).pathname.split('/').at(-1) ?? ''
    const fetched = performance.getEntriesByType('resource').map((entry) => ({
      file: name(entry.name),
      done: performance.timeOrigin + entry.startTime + entry.duration,
      milliseconds: entry.duration,
    }))
    const report: WatchReport = {
      script: name(location.href),
      compiled: watch.compiled,
      memories: watch.memories.map(({ buffer }) => buffer.byteLength),
      gpu: watch.gpu,
      fetched,
    }
    channel.postMessage(report)
  })
}
