import { browserDeviceStore } from '../src/gpu/browser_device_store'
import { loadLocalPeers } from '../src/model/local_peer'
import { serveInBrowser, streamInBrowser } from './browser/browser_worker'
import { fetchFolder } from './browser/fetch_folder'
import { provideOrt } from './browser/ort_module'
import { hostPeers } from './peer_host'

serveInBrowser(
  hostPeers(({ base, places, ...options }, onProgress, ortModule) => {
    if (ortModule !== null) provideOrt(ortModule)
    const store = browserDeviceStore()
    return loadLocalPeers({
      ...options,
      read: fetchFolder(base, options.source, places),
      onProgress,
      selfTestStore: store,
      variantStore: options.tunesKernels === true ? store : undefined,
    })
  }, streamInBrowser),
)
