// The part of npm's `@opentelemetry/api` that is used here, by its shape. What is
// opaque to us is `unknown`: contexts, and the carriers they are read from.

/** Where one span is, among all. */
export interface OtelSpanContext {
  /** The trace that it belongs to. */
  readonly traceId: string;
  /** The span itself. */
  readonly spanId: string;
  /** Whether it is recorded. */
  readonly traceFlags: number;
}

/** A piece of work that is being traced. */
export interface OtelSpan {
  /** Returns where the span is. */
  spanContext(): OtelSpanContext;
  /** Records an error. */
  // deno-lint-ignore no-explicit-any -- the official type is a union of classes and strings
  recordException(exception: any): void;
  /** Says how the work has ended. */
  setStatus(status: { code: number; message?: string }): unknown;
  /** Ends the span. */
  end(): void;
}

/** What a span begins with. */
export interface OtelSpanOptions {
  /** A number of `SpanKind`. */
  kind?: number;
  /** What is known of the work. */
  attributes?: Record<string, string | number | boolean>;
  /** Other spans that have to do with it. */
  links?: { context: OtelSpanContext }[];
}

/** An instrument that is read when metrics are collected. */
export interface OtelObservable {
  /** Adds a function that is asked for values: not used here. */
  // deno-lint-ignore no-explicit-any -- the official type of such a function
  addCallback(callback: any): void;
}

/** Takes what several instruments have measured. */
export interface OtelObservableResult {
  /** Takes a value of an instrument under these attributes. */
  observe(
    instrument: OtelObservable,
    value: number,
    attributes?: Record<string, string>,
  ): void;
}

/** Texts about an instrument. */
export interface OtelMetricOptions {
  /** What it measures. */
  description?: string;
  /** In which unit. */
  unit?: string;
  /** Hints for those who collect its values. */
  advice?: { explicitBucketBoundaries?: number[] };
}

/** Makes instruments. */
export interface OtelMeter {
  /** Makes one whose values only grow. */
  createObservableCounter(
    name: string,
    options?: OtelMetricOptions,
  ): OtelObservable;
  /** Makes one whose values go up and down. */
  createObservableGauge(
    name: string,
    options?: OtelMetricOptions,
  ): OtelObservable;
  /** Makes one whose values are counted by their size. */
  createHistogram(
    name: string,
    options?: OtelMetricOptions,
  ): { record(value: number, attributes?: Record<string, string>): void };
  /** Adds a function that is asked for the values of several instruments. */
  addBatchObservableCallback(
    callback: (result: OtelObservableResult) => void,
    // deno-lint-ignore no-explicit-any -- the official type of what this meter has made
    instruments: any[],
  ): void;
  /** Removes such a function. */
  removeBatchObservableCallback(
    callback: (result: OtelObservableResult) => void,
    // deno-lint-ignore no-explicit-any -- the official type of what this meter has made
    instruments: any[],
  ): void;
}

/**
 * What is used of the module `npm:@opentelemetry/api`, version 1: pass the whole
 * module, or an object with these members of it.
 */
export interface OpenTelemetryApi {
  /** Where spans are made, and put into contexts. */
  readonly trace: {
    getTracer(name: string, version?: string): {
      // deno-lint-ignore no-explicit-any -- the official type of a context
      startSpan(name: string, options?: any, context?: any): OtelSpan;
    };
    // deno-lint-ignore no-explicit-any -- the official types of contexts and spans
    setSpan(context: any, span: any): any;
    // deno-lint-ignore no-explicit-any -- the official type of a context
    deleteSpan(context: any): any;
    // deno-lint-ignore no-explicit-any -- the official type of a context
    getSpanContext(context: any): OtelSpanContext | undefined;
  };
  /** Runs functions within contexts. */
  readonly context: {
    active(): unknown;
    // deno-lint-ignore no-explicit-any -- the official type of a context
    with(context: any, fn: () => void): void;
  };
  /** Reads contexts from what was sent. */
  readonly propagation: {
    // deno-lint-ignore no-explicit-any -- the official type of a context
    extract(context: any, carrier: unknown): any;
    fields(): string[];
  };
  /** Where meters are made; without it there are no metrics. */
  readonly metrics?: {
    getMeter(name: string, version?: string): OtelMeter;
  };
}
