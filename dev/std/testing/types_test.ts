import type {
  AssertFalse,
  AssertTrue,
  Has,
  IsAny,
  IsExact,
  IsNever,
  IsNullable,
  IsUnknown,
  NotHas,
} from "@std/testing/types";

// Nothing to run: these lines compile, or the stand-in is wrong.
export type Checks = [
  AssertTrue<IsExact<string | number, number | string>>,
  AssertTrue<IsExact<{ a: 1; b?: 2 }, { a: 1; b?: 2 }>>,
  AssertFalse<IsExact<string | number, string>>,
  // deno-lint-ignore no-explicit-any -- this is about any
  AssertFalse<IsExact<any, string>>,
  // deno-lint-ignore no-explicit-any -- as above
  AssertFalse<IsExact<{ a: any }, { a: string }>>,
  AssertFalse<IsExact<{ a?: string }, { a: string | undefined }>>,
  AssertFalse<IsExact<never, unknown>>,
  AssertTrue<Has<string | number, string>>,
  AssertFalse<Has<string, number>>,
  AssertTrue<NotHas<string, number>>,
  // deno-lint-ignore no-explicit-any -- as above
  AssertTrue<IsAny<any>>,
  AssertFalse<IsAny<unknown>>,
  AssertTrue<IsNever<never>>,
  AssertTrue<IsUnknown<unknown>>,
  AssertTrue<IsNullable<string | undefined>>,
  AssertFalse<IsNullable<string>>,
];
