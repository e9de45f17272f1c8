/** Models from elsewhere: the interface for the page and the commands. */
export { bytesText, durationText } from '../report/format'
export { openCacheStore } from './cache_store'
export { type CachedModel, deleteModel, findModel, listModels } from './cached'
export { type HubContext, hubAddress, hubContext } from './context'
export { type DownloadProgress, downloadModel } from './download'
export { type ModelFingerprint, modelFingerprints } from './model_fingerprint'
export {
  canPickFolder,
  folderOfDrop,
  folderOfFiles,
  folderOfHandle,
  type PickedFolder,
  pickFolder,
} from './pick_folder'
export {
  type ConfirmedPlan,
  confirm,
  type DownloadPlan,
  knownPlan,
  planDownload,
  planListed,
  planQuestion,
  remoteSource,
} from './plan'
export type { ModelPlaces, PickedFiles } from './source'
export { DEFAULT_HUB, hostOf, type ModelSource, parseSource, peersOf, sourceName } from './source'
export type { ModelStore } from './store'
