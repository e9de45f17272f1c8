/** What the browser lets the built page do; why, is told in docs/security.md. */
import type { Plugin } from 'vite'

/** For documents and, as far as a server sends it with their scripts, for workers. */
const POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'", "'wasm-unsafe-eval'"],
  'worker-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'"],
  'manifest-src': ["'self'"],
  // Hubs, their mirrors and servers in the same room are the visitor's choice, and send on to hosts that nobody knows before.
  'connect-src': ["'self'", 'https:', 'http:'],
  'object-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
}

/** Text becomes neither markup nor a script: `workers/own_scripts.ts` is the one exception. Workers have no markup. */
const DOCUMENT_ONLY = { 'require-trusted-types-for': ["'script'"], 'trusted-types': ['default'] }

/** A document cannot say it of itself. */
const HEADER_ONLY = { 'frame-ancestors': ["'none'"] }

function policyText(directives: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join('; ')
}

/** In the headers of our own server, so that the policy holds in workers, too. */
export const POLICY_HEADERS = { 'Content-Security-Policy': policyText({ ...POLICY, ...HEADER_ONLY }) }

/** Has our server leave it out, for the benchmark: libraries that it compares with start workers from text. */
export function withoutPolicyHeaders(): Plugin {
  const headers = Object.fromEntries(Object.keys(POLICY_HEADERS).map((name) => [name, '']))
  return { name: 'without-policy-headers', config: () => ({ preview: { headers } }) }
}

/**
 * Puts the policy into the pages of a build, so that it holds on any server; not into the benchmark's, see above. The development server
 * has none either: it sends styles and its own client inline.
 */
export function contentSecurity(): Plugin {
  return {
    name: 'content-security',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { server, path }) {
        if (server || path === '/bench.html') return []
        const content = policyText({ ...POLICY, ...DOCUMENT_ONLY })
        const attrs = { 'http-equiv': 'Content-Security-Policy', content }
        // Before all that it is about.
        return [{ tag: 'meta', attrs, injectTo: 'head-prepend' }]
      },
    },
  }
}
