/** The content security policy of the built page; docs/security.md gives its reasons. */
import type { Plugin } from 'vite'
import { ISOLATION_HEADERS } from '../../workers/browser/isolation.ts'

const POLICY_HEADER = 'Content-Security-Policy'

/** Policy for documents, and for workers where a server sends it with their scripts. */
const POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'", "'wasm-unsafe-eval'"],
  'worker-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'"],
  'manifest-src': ["'self'"],
  // The visitor chooses hubs, mirrors and local servers, and those redirect to hosts that nobody knows in
  // advance.
  'connect-src': ["'self'", 'https:', 'http:'],
  'object-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
}

/**
 * Stops text from becoming markup or a script; `workers/browser/own_scripts.ts` is the one exception. Workers
 * have no markup.
 */
const DOCUMENT_ONLY = { 'require-trusted-types-for': ["'script'"], 'trusted-types': ['default'] }

/** A document's own meta element cannot set this directive. */
const NOT_FRAMED = { 'frame-ancestors': ["'none'"] }

/** The document that other sites may frame (docs/sharing.md). It contacts only its own server. */
const EMBED = '/embed.html'
const EMBED_POLICY = { ...POLICY, 'connect-src': ["'self'"] }

function policyText(directives: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join('; ')
}

/**
 * Returns the headers that our own server sends for a path, so that the policy holds in workers too. No page
 * may frame any path except the embed's.
 */
export function policyHeaders(path: string): Readonly<Record<string, string>> {
  if (path !== EMBED) return { [POLICY_HEADER]: policyText({ ...POLICY, ...NOT_FRAMED }) }
  // An isolated page frames only documents that allow it.
  return { [POLICY_HEADER]: policyText(EMBED_POLICY), 'Cross-Origin-Resource-Policy': 'cross-origin' }
}

/**
 * Removes the policy header from our server, for the benchmark: its rival libraries start workers from text.
 */
export function withoutPolicyHeaders(): Plugin {
  return { name: 'without-policy-headers', config: () => ({ preview: { headers: { [POLICY_HEADER]: '' } } }) }
}

/**
 * Puts the policy into the built pages, so that it holds on any server, and into the headers of our own
 * server, which also isolates the page. The benchmark's page has none (see `withoutPolicyHeaders`). The development server has none either,
 * because it sends inline styles and its own client inline.
 */
export function contentSecurity(): Plugin {
  return {
    name: 'content-security',
    configurePreviewServer(server) {
      // Vite's `preview.headers` are the same for every path, and "304 Not Modified" has none of them: WebKit
      // then refuses a worker whose script it asks for a second time.
      server.middlewares.use(({ url = '/' }, response, next) => {
        const headers = { ...ISOLATION_HEADERS, ...policyHeaders(url.split(/[?#]/)[0]) }
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
        next()
      })
    },
    transformIndexHtml: {
      order: 'post',
      handler(_html, { server, path }) {
        if (server || path === '/bench.html') return []
        const content = policyText({ ...(path === EMBED ? EMBED_POLICY : POLICY), ...DOCUMENT_ONLY })
        const attrs = { 'http-equiv': 'Content-Security-Policy', content }
        // The policy must precede everything that it restricts.
        return [{ tag: 'meta', attrs, injectTo: 'head-prepend' }]
      },
    },
  }
}
