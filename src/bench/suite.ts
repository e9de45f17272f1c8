import type { WorkerPort } from '../../workers/supervised'
import type { RunConfig } from '../config/config'

import type { Dtype, ReadFile } from '../model/import/folder_files'
import type { Backend } from '../model/runtime'
import type { Place, SuiteOutcome } from './results'
import type { openTrainingPeers } from './rivals/training_peer'

/** Seed of everything random in a suite. */
export const SEED = 7

/** A model folder that the suite `model` measures. */
export interface SuiteModel {
  /** Name in figures. */
  readonly name: string
  /** As `PeerLoad.source`. */
  readonly source: string
  readonly dtype: Dtype
}

export interface SuiteSettings {
  readonly place: Place
  readonly quick: boolean
  /** A software GPU is a hundred times slower, so shapes are smaller. */
  readonly software: boolean
  readonly peer: RunConfig['peers'][number]
  /** Models of the suite `model`; no other suite reads them. */
  readonly models: readonly SuiteModel[]
  /** wasm threads of each side: ONNX Runtime's own choice. */
  readonly threads: number
}

/** Returns whether `model` measures real shapes: on a GPU only, since a processor takes hours. */
export function hasRealSizes({
  place,
  quick,
  software,
}: Pick<SuiteSettings, 'place' | 'quick' | 'software'>) {
  return place === 'webgpu' && !quick && !software
}

/** Model files for comparisons: other libraries compute in f32 too. */
export const IN_F32: Dtype = 'q4'

/** Workers and files for a suite that times engines: those of a page, or of node. */
export interface Environment {
  /** Where model folders are: a URL in browsers, a folder in node. */
  readonly base: string
  openPeer(): WorkerPort
  /** A worker with `LabApi`. */
  openLab(): WorkerPort
  /** A worker with `HubApi`, or null where transformers.js does not run. */
  readonly openHub: (() => WorkerPort) | null
  /** Other libraries that train, each in a worker of its own; null where they do not run. */
  readonly openTrainingPeers: typeof openTrainingPeers | null
  /** Reads the files of a model folder. */
  readFolder(source: string): ReadFile
  say(text: string): Promise<void>
}

/** What a suite returns: an outcome, of which anything may be missing. */
export type Found = Partial<SuiteOutcome>

/** A suite whose engines live in workers of the page or process that runs it. */
export type EngineSuite = (settings: SuiteSettings, env: Environment) => Promise<Found>

export function backendOf(place: Place): Backend {
  return place === 'webgpu' ? 'webgpu' : 'wasm'
}

/** Pairs of a comparison: more than the five that a median needs. */
export function roundsOf({ quick, software }: SuiteSettings, full = 9): number {
  if (software) return quick ? 1 : 5
  return quick ? 2 : full
}
