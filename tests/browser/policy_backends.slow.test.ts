import { describePolicy } from './policy_on_backends'

describePolicy('llama', 4)
describePolicy('qwen2', 32)
describePolicy('qwen3', 8)
