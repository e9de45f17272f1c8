import { testFamilies } from './training_peers_compared'

testFamilies([{ family: 'llama', bits: 4, tiedEmbeddings: true }])
