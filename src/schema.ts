/** Zod without generated code, which the page's Content-Security-Policy refuses. */
import { z } from 'zod'

// Schemas read this setting when they are made. They import `z` from this module, so it is set by then.
z.config({ jitless: true })

export { z }
