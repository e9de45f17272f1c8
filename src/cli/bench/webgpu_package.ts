import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ColloquyError } from '../../errors'

/** Dawn for node. One command uses its 132 MB, so `npm ci` leaves it out. */
export const WEBGPU_PACKAGE = 'webgpu@0.6.2'

/**
 * Returns the version of the `webgpu` package below a project's folder.
 * @throws ColloquyError `backend` where it is not installed
 */
export function webgpuVersion(root: string): string {
  const path = join(root, 'node_modules/webgpu/package.json')
  if (!existsSync(path))
    throw new ColloquyError({
      code: 'backend',
      what: 'npm run bench:native',
      found: 'no package webgpu, which npm ci does not install',
      wanted: 'Dawn for node',
      todo: `npm install --no-save ${WEBGPU_PACKAGE}`,
    })
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string }
  return version
}
