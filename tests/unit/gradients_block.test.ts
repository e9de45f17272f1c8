import { describeGradients, VARIANTS } from './block_gradients'

describeGradients(VARIANTS)
