/** Levels to train on. The families of the level above are never trained on. */
export const CODE_LEVELS = [1, 2, 3] as const
export const CODE_OOD_LEVEL = 4
