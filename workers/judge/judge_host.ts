import { ColloquyError } from '../../src/errors'
import type { CodeJudge, Execution, Program } from '../../src/tasks/code/code_judge'
import { SupervisedWorker, type WorkerPort } from '../supervised'

/** Calls of a judge worker. */
export interface JudgeApi {
  load(): Promise<void>
  execute(program: Program): Promise<Execution>
}

/** Serves a judge inside its worker. */
export function hostJudge(sandbox: {
  load(): Promise<unknown>
  execute(program: Program): Promise<Execution>
}): JudgeApi {
  return {
    async load() {
      await sandbox.load()
    },
    execute: (program) => sandbox.execute(program),
  }
}

/**
 * Time limit of a program. Programs end after a counted number of steps, but one step can be endless, such as
 * a search through an array that claims 2^53 entries. The judge then ends the worker.
 */
const PATIENCE_SECONDS = 10

/**
 * A judge in its own worker. The worker starts with the first program and is replaced where a program hangs.
 */
export class WorkerJudge implements CodeJudge {
  private worker: SupervisedWorker<JudgeApi, never> | null = null
  private last: Promise<unknown> = Promise.resolve()
  private closed = false

  constructor(
    private readonly open: () => WorkerPort,
    private readonly patienceSeconds = PATIENCE_SECONDS,
  ) {}

  /** Runs one program at a time, so none waits on another's time limit. */
  execute(program: Program): Promise<Execution> {
    const execution = this.last.then(() => this.watch(program))
    this.last = execution.catch(() => undefined)
    return execution
  }

  close(): void {
    this.closed = true
    this.end()
  }

  private async watch(program: Program): Promise<Execution> {
    const worker = await this.start()
    const hang = () => worker.fail(`a program that did not end within ${this.patienceSeconds} s`)
    const timer = setTimeout(hang, this.patienceSeconds * 1000)
    try {
      return await worker.call((api) => api.execute(program))
    } catch (error) {
      this.end()
      if (this.closed) throw error
      return { loaded: false, returned: [] }
    } finally {
      clearTimeout(timer)
    }
  }

  /** Starts the worker separately from running a program: a failed start is not the program's fault. */
  private async start(): Promise<SupervisedWorker<JudgeApi, never>> {
    if (this.closed)
      throw new ColloquyError({
        code: 'worker',
        what: 'code judge',
        found: 'it was closed',
        wanted: 'an open judge',
        todo: 'Open a new judge',
      })
    this.worker ??= new SupervisedWorker<JudgeApi, never>(
      this.open(),
      'worker of the code judge',
      () => undefined,
    )
    try {
      await this.worker.call((api) => api.load())
      return this.worker
    } catch (error) {
      this.end()
      throw error
    }
  }

  private end(): void {
    this.worker?.terminate()
    this.worker = null
  }
}
