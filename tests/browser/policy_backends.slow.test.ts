import { describePolicy } from './policy_on_backends'

describePolicy('qwen2', 32)
describePolicy('qwen3', 8)
