/** Collects reports of violations of the Content-Security-Policy. */
import type { Page } from 'playwright'
import type { Plugin } from 'vite'
import { policyHeaders } from '../../src/build/content_security'

/** Makes browsers report what our server's policy stops, in workers too, and collects the reports. */
export function reportsTo(reports: string[]): Plugin {
  return {
    name: 'reports',
    configurePreviewServer(server) {
      server.middlewares.use('/reports', async (request, response) => {
        let text = ''
        for await (const part of request) text += part
        reports.push(text)
        response.writeHead(204).end()
      })
      server.middlewares.use(({ url = '/' }, response, next) => {
        const { 'Content-Security-Policy': policy } = policyHeaders(url)
        response.setHeader('Content-Security-Policy-Report-Only', `${policy}; report-uri /reports`)
        next()
      })
    },
  }
}

/** Records everything that a policy stops in the page from now on. */
export function watchViolations(visitor: Pick<Page, 'addInitScript'>): Promise<unknown> {
  return visitor.addInitScript(() => {
    const seen: string[] = []
    Object.assign(globalThis, { seen })
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample }) =>
      seen.push(`${effectiveDirective} ${blockedURI} ${sample}`),
    )
  })
}

export const violations = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen)
