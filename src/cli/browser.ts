import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * Chromium's flags for a headless run. None changes what is computed: WebGPU is switched on (software adapter
 * where there is no GPU), background traffic is off, and root, as in a container, needs the sandbox off.
 */
export const BROWSER_FLAGS: readonly string[] = [
  '--enable-unsafe-webgpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
]

const COMMANDS = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'microsoft-edge-stable',
  'microsoft-edge',
]

/** Where installers put Chrome, Chromium and Edge when they do not put them on the PATH. */
function usualPlaces(): string[] {
  if (process.platform === 'darwin') {
    const names = ['Google Chrome', 'Chromium', 'Microsoft Edge']
    const roots = ['/Applications', join(process.env.HOME ?? '', 'Applications')]
    return roots.flatMap((root) => names.map((name) => join(root, `${name}.app/Contents/MacOS/${name}`)))
  }
  if (process.platform === 'win32') {
    const roots = [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA]
    const tails = [
      'Google\\Chrome\\Application\\chrome.exe',
      'Chromium\\Application\\chrome.exe',
      'Microsoft\\Edge\\Application\\msedge.exe',
    ]
    return roots.flatMap((root) => (root ? tails.map((tail) => join(root, tail)) : []))
  }
  return ['/opt/google/chrome/chrome', '/opt/microsoft/msedge/msedge', '/snap/bin/chromium']
}

function executable(path: string): boolean {
  try {
    accessSync(path, process.platform === 'win32' ? constants.F_OK : constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * The path of a Chrome, Chromium or Edge, or null. CHROME_PATH decides where it is set: a path that
 * is not there gives null, not another browser.
 */
export function findBrowser(): string | null {
  const asked = process.env.CHROME_PATH
  if (asked) return existsSync(asked) ? asked : null
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const onPath = COMMANDS.flatMap((command) => folders.map((folder) => join(folder, command)))
  return [...onPath, ...usualPlaces()].find(executable) ?? null
}
