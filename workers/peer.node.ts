import { loadLocalPeers } from '../src/model/local_peer'
import { serveInNode, streamInNode } from './node/node_worker'
import { readFolder } from './node/read_folder'
import { hostPeers } from './peer_host'

serveInNode(
  hostPeers(
    ({ base, places, ...options }, onProgress) =>
      loadLocalPeers({ ...options, read: readFolder(base, options.source, places), onProgress }),
    streamInNode,
  ),
)
