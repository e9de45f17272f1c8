import { describePolicy } from './policy_on_backends'

// policy_backends.test.ts has the third family, in 4 bits.
describePolicy('qwen2', 32)
describePolicy('qwen3', 8, false)
describePolicy('gemma3_text', 32)
describePolicy('smollm3', 4, false)
describePolicy('granitemoehybrid', 32, false)
describePolicy('olmo2', 32, false)
