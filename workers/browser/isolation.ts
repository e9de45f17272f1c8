/**
 * Headers of cross-origin isolation. Without them there is no SharedArrayBuffer, and wasm has one thread. Our
 * servers send them; elsewhere the service worker adds them.
 */
export const ISOLATION_HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}
