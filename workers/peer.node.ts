import { loadLocalPeer } from '../src/model/local_peer'
import { serveInNode, streamInNode } from './node_worker'
import { hostPeer } from './peer_host'
import { readFolder } from './read_folder'

serveInNode(
  hostPeer(
    ({ base, ...options }, onProgress) =>
      loadLocalPeer({ ...options, read: readFolder(base, options.source), onProgress }),
    streamInNode,
  ),
)
