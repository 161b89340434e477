/** The two npm validators, as far as the tests use them: the second opinion on what ours accepts. */
declare module 'sns-validator' {
  export default class MessageValidator {
    validate(message: Record<string, unknown>, callback: (error: Error | null) => void): void;
  }
}
