import type { RunConfig } from '../config/config'

/** Settings of TRL's GRPOConfig, by TRL's names. */
export type GrpoSettings = Readonly<Record<string, unknown>>

/** Returns TRL's name of the schedule. A constant rate with warm-up has a name of its own there. */
function scheduler({ lrSchedulerType, warmupSteps }: RunConfig): string {
  return lrSchedulerType === 'constant' && warmupSteps > 0 ? 'constant_with_warmup' : lrSchedulerType
}

/**
 * Returns a run's settings for TRL. One optimizer step of ours is one of TRL's: G completions per device,
 * accumulated over as many batches as there are questions. TRL generates once for `num_iterations` optimizer
 * steps, as one of our steps does, and counts every optimizer step. TRL's defaults that Colloquy does not
 * have are switched off.
 */
export function grpoSettings(config: RunConfig, maxCompletionLength: number): GrpoSettings {
  const optimizerSteps = (steps: number) => steps * config.numIterations
  return {
    seed: config.seed,
    max_steps: optimizerSteps(config.steps),
    per_device_train_batch_size: config.numGenerations,
    gradient_accumulation_steps: config.questionsPerStep,
    per_device_eval_batch_size: config.numGenerations,
    num_generations: config.numGenerations,
    num_iterations: config.numIterations,
    max_completion_length: maxCompletionLength,
    temperature: config.temperature,
    top_p: 1,
    top_k: 0,
    learning_rate: config.learningRate,
    lr_scheduler_type: scheduler(config),
    warmup_steps: optimizerSteps(config.warmupSteps),
    max_grad_norm: config.maxGradNorm,
    adam_beta1: config.adamBeta1,
    adam_beta2: config.adamBeta2,
    adam_epsilon: config.adamEpsilon,
    weight_decay: config.weightDecay,
    loss_type: config.lossType,
    scale_rewards: config.scaleRewards,
    importance_sampling_level: config.importanceSamplingLevel,
    epsilon: config.epsilon,
    epsilon_high: config.epsilonHigh,
    beta: config.beta,
    use_bias_correction_kl: false,
    mask_truncated_completions: config.maskTruncated,
    logging_steps: 1,
    eval_strategy: 'steps',
    eval_steps: optimizerSteps(config.evalEvery),
    save_steps: optimizerSteps(config.checkpointEvery),
    report_to: 'none',
  }
}

/** Returns the settings of one peer. Chat templates without thinking ignore `enable_thinking`. */
export function peerSettings(
  { thinking }: RunConfig['peers'][number],
  maxCompletionLength: number,
): GrpoSettings {
  return {
    chat_template_kwargs: { enable_thinking: thinking === true },
    max_completion_length: maxCompletionLength,
  }
}
