import { loadLocalPeer } from '../src/model/local_peer'
import { serveInBrowser, streamInBrowser } from './browser_worker'
import { fetchFolder } from './fetch_folder'
import { hostPeer } from './peer_host'

serveInBrowser(
  hostPeer(
    ({ base, ...options }, onProgress) =>
      loadLocalPeer({ ...options, read: fetchFolder(base, options.source), onProgress }),
    streamInBrowser,
  ),
)
