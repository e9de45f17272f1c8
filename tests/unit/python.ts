import { execFileSync } from 'node:child_process'

/** Whether this machine has Python 3. Tests of exported scripts are left out where it has none. */
export const PYTHON: boolean = (() => {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()
