import { execFile } from 'node:child_process'

/** Runs the command in another process, because minutes of work must not block this one. */
export function bench(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', 'src/cli/bench.ts', ...args],
      { env: { ...process.env, NODE_ENV: 'production', ...env } },
      (error, stdout, stderr) =>
        resolve({ status: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })
}
