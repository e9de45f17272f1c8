import { describeGradients, MORE_VARIANTS } from './block_gradients'

describeGradients(MORE_VARIANTS)
