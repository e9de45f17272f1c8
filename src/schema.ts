/** Zod as it is used here: without the code that it would otherwise make of text, which the page's Content-Security-Policy refuses. */
import { z } from 'zod'

// Schemas ask for it when they are made: after this module, since it is where they get `z` from.
z.config({ jitless: true })

export { z }
