/** What is loaded when tokens are first looked at. */
export { TokenLegend } from './token_legend'
export { TokenText } from './token_text'
