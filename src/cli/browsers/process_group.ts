import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Starts a program in a process group of its own, so that `endGroup` also ends what the program has started, and a Ctrl-C in the
 * terminal reaches only the command itself. A program that does not start has no `pid`.
 */
export function startGroup(
  [program, ...args]: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    env: { ...process.env, ...env },
  })
  child.on('error', () => undefined)
  return child
}

/** Ends a program of `startGroup`, and what it has started. */
export function endGroup({ pid }: ChildProcess, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended.
  }
}
