/**
 * Default Trusted Types policy. The page's Content-Security-Policy lets no text become markup or a script;
 * this policy allows only addresses of the page's own scripts, for workers. Browsers without Trusted Types
 * still apply the rest of the Content-Security-Policy.
 */

/** TypeScript's own types lack Trusted Types. */
interface TrustedTypes {
  createPolicy(name: 'default', rules: { createScriptURL(url: string): string | null }): unknown
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes }
// For null the browser refuses the address and reports it.
trustedTypes?.createPolicy('default', {
  createScriptURL: (url) =>
    new URL(url, document.baseURI).href.startsWith(`${location.origin}/`) ? url : null,
})
