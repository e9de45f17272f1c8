import { loadLocalPeers } from '../src/model/local_peer'
import { serveInNode, streamInNode } from './node_worker'
import { hostPeers } from './peer_host'
import { readFolder } from './read_folder'

serveInNode(
  hostPeers(
    ({ base, places, ...options }, onProgress) =>
      loadLocalPeers({ ...options, read: readFolder(base, options.source, places), onProgress }),
    streamInNode,
  ),
)
