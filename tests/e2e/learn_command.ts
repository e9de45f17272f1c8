import { execFile } from 'node:child_process'

/** Runs `npm run learn` as the README shows it, without npm. */
export function learn(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ status: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['node_modules/tsx/dist/cli.mjs', 'src/cli/learn.ts', ...args],
      { env: { ...process.env, NODE_ENV: 'production', ...env } },
      (error, out, err) => resolve({ status: typeof error?.code === 'number' ? error.code : 0, out, err }),
    )
  })
}
