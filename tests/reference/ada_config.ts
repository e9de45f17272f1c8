import config from '../../models/ada/config.json'
import { readModelConfig } from '../../src/model/import/import_config'

/** The shape of an embedded peer. */
export const ADA_CONFIG = readModelConfig(config, 'models/ada/config.json')
