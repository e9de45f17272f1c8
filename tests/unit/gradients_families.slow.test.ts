import { describeGradients, FAMILY_VARIANTS } from './block_gradients'

describeGradients(FAMILY_VARIANTS)
