/**
 * The Content-Security-Policy of a page lets no text become markup or a script, except as this says: addresses of the page's own scripts
 * may become workers. Browsers without Trusted Types have the rest of the policy.
 */

/** TypeScript's own types have no Trusted Types yet. */
interface TrustedTypes {
  createPolicy(name: 'default', rules: { createScriptURL(url: string): string | null }): unknown
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes }
// Where it is null the browser refuses, and reports it.
trustedTypes?.createPolicy('default', {
  createScriptURL: (url) =>
    new URL(url, document.baseURI).href.startsWith(`${location.origin}/`) ? url : null,
})
