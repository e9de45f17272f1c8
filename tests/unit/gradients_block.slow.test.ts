import { describeGradients, MORE_LLAMAS } from './block_gradients'

describeGradients(MORE_LLAMAS)
