import { describeParity, sources } from './transformers_compared'

for (const source of sources.slice(1)) describeParity(source)
