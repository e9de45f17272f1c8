/** What the browser lets the built page do; why, is told in docs/security.md. */
import type { Plugin } from 'vite'

const POLICY_HEADER = 'Content-Security-Policy'

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

/** Text becomes neither markup nor a script: `workers/browser/own_scripts.ts` is the one exception. Workers have no markup. */
const DOCUMENT_ONLY = { 'require-trusted-types-for': ["'script'"], 'trusted-types': ['default'] }

/** A document cannot say it of itself. */
const NOT_FRAMED = { 'frame-ancestors': ["'none'"] }

/** The document that other sites may show in a frame (docs/sharing.md). It asks nobody but its own server. */
const EMBED = '/embed.html'
const EMBED_POLICY = { ...POLICY, 'connect-src': ["'self'"] }

function policyText(directives: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join('; ')
}

/**
 * The headers that our own server sends with a path, so that the policy holds in workers, too. Every path but the one of the embed says
 * that no page may frame it.
 */
export function policyHeaders(path: string): Readonly<Record<string, string>> {
  if (path !== EMBED) return { [POLICY_HEADER]: policyText({ ...POLICY, ...NOT_FRAMED }) }
  // A page that is isolated frames only documents that allow it.
  return { [POLICY_HEADER]: policyText(EMBED_POLICY), 'Cross-Origin-Resource-Policy': 'cross-origin' }
}

/** Has our server leave it out, for the benchmark: libraries that it compares with start workers from text. */
export function withoutPolicyHeaders(): Plugin {
  return { name: 'without-policy-headers', config: () => ({ preview: { headers: { [POLICY_HEADER]: '' } } }) }
}

/**
 * Puts the policy into the pages of a build, so that it holds on any server, and into the headers of our own; not into the benchmark's
 * page, see above. The development server has none either: it sends styles and its own client inline.
 */
export function contentSecurity(): Plugin {
  return {
    name: 'content-security',
    configurePreviewServer(server) {
      // Vite's own `preview.headers` are the same for every path.
      server.middlewares.use(({ url = '/' }, response, next) => {
        for (const [name, value] of Object.entries(policyHeaders(url.split(/[?#]/)[0])))
          response.setHeader(name, value)
        next()
      })
    },
    transformIndexHtml: {
      order: 'post',
      handler(_html, { server, path }) {
        if (server || path === '/bench.html') return []
        const content = policyText({ ...(path === EMBED ? EMBED_POLICY : POLICY), ...DOCUMENT_ONLY })
        const attrs = { 'http-equiv': 'Content-Security-Policy', content }
        // Before all that it is about.
        return [{ tag: 'meta', attrs, injectTo: 'head-prepend' }]
      },
    },
  }
}
