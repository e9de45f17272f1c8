/** Vite's client defines this for pages of a development server, but the page of these tests lacks that client. */
Object.assign(globalThis, { SHIPPED_FILES: [] })
