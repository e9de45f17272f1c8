/**
 * Runs in the page before its own scripts: presses Learn as soon as it can be pressed, and notes when both peers are ready. One
 * block without imports, since the command injects its text.
 */

declare global {
  interface Window {
    /** Put here by the command before. */
    benchBackend: 'wasm' | 'webgpu'
    /** Milliseconds from opening the page to ready peers. */
    benchReady: Promise<number>
  }
}

{
  const LOOK_MILLISECONDS = 4
  window.benchReady = new Promise((resolve) => {
    window.Worker = new Proxy(Worker, {
      construct(target, parameters: [string | URL, WorkerOptions?]) {
        const worker = new target(...parameters)
        worker.addEventListener('message', ({ data }) => {
          // The page asks the run's worker for its next event. Peers are ready when their ability is measured.
          const { value: answer } = data as { value?: { value?: { type?: string; phase?: string } } }
          if (answer?.value?.type === 'progress' && answer.value.phase === 'ability')
            resolve(performance.now())
        })
        return worker
      },
    })
  })
  // Looked at often, not observed: that a backend is chosen changes no attribute.
  const look = setInterval(() => {
    const backend = document.querySelector<HTMLInputElement>(`input[value=${window.benchBackend}]`)
    const learn = document.querySelector<HTMLButtonElement>('#run-primary')
    if (!backend || backend.disabled || !learn || learn.ariaDisabled === 'true') return
    if (!backend.checked) {
      backend.click()
      return
    }
    clearInterval(look)
    learn.click()
  }, LOOK_MILLISECONDS)
}

export {}
