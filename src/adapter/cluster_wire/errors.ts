/** Thrown when something that came from another server cannot be understood. */
export class ClusterWireError extends SyntaxError {
  /** What came. */
  readonly input: unknown;

  /** Reports `problem`: lower case, no final period. */
  constructor(problem: string, input: unknown, options?: ErrorOptions) {
    super(`Cannot read a message of another server: ${problem}`, options);
    this.name = "ClusterWireError";
    this.input = input;
  }
}
