import { browserVariantStore } from '../src/gpu/browser_variant_store'
import { loadLocalPeers } from '../src/model/local_peer'
import { serveInBrowser, streamInBrowser } from './browser_worker'
import { fetchFolder } from './fetch_folder'
import { hostPeers } from './peer_host'

serveInBrowser(
  hostPeers(
    ({ base, ...options }, onProgress) =>
      loadLocalPeers({
        ...options,
        read: fetchFolder(base, options.source),
        onProgress,
        variantStore: options.tunesKernels === true ? browserVariantStore() : undefined,
      }),
    streamInBrowser,
  ),
)
