import { describePolicy } from './policy_on_backends'

describePolicy('llama', 4, false)
