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

const FIREFOX_COMMANDS = ['firefox', 'firefox-esr']

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

/** Where installers put Firefox. */
function usualFirefox(): string[] {
  if (process.platform === 'darwin') return ['/Applications/Firefox.app/Contents/MacOS/firefox']
  if (process.platform === 'win32') return ['C:\\Program Files\\Mozilla Firefox\\firefox.exe']
  return ['/snap/bin/firefox']
}

/**
 * The path of a Chrome, Chromium or Edge, or null. CHROME_PATH decides where it is set: a path that
 * is not there gives null, not another browser.
 */
export function findBrowser(): string | null {
  return find(process.env.CHROME_PATH, COMMANDS, usualPlaces())
}

/** The path of a Firefox, likewise, where FIREFOX_PATH decides. */
export function findFirefox(): string | null {
  return find(process.env.FIREFOX_PATH, FIREFOX_COMMANDS, usualFirefox())
}

/** The path of the driver of WebKitGTK's browser, likewise, where WEBKIT_PATH decides. */
export function findWebKit(): string | null {
  return find(process.env.WEBKIT_PATH, ['WebKitWebDriver'], [])
}

function find(asked: string | undefined, commands: readonly string[], places: readonly string[]) {
  if (asked) return existsSync(asked) ? asked : null
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const onPath = commands.flatMap((command) => folders.map((folder) => join(folder, command)))
  return [...onPath, ...places].find(executable) ?? null
}
