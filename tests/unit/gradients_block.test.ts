import { describeGradients, FAMILIES } from './block_gradients'

describeGradients(FAMILIES)
