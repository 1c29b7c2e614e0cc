// The npm copy of the standard library lacks `testing/`: these are the
// type-level checks of `@std/testing/types` that the tests use.

/** Compiles only if `T` is `true`. */
export type AssertTrue<T extends true> = T;

/** Compiles only if `T` is `false`. */
export type AssertFalse<T extends false> = T;

/** Whether `T` and `U` are the same type: `any` and optional keys count. */
export type IsExact<T, U> = (<X>() => X extends T ? 1 : 2) extends
  (<X>() => X extends U ? 1 : 2) ? true : false;

/** Checks a value's type: `assertType<IsExact<typeof value, Expected>>(true)`. */
export function assertType<T extends boolean>(_expectTrue: T): void {}

/** Whether `T` includes `U`: `string | number` has `string`. */
export type Has<T, U> = IsAny<T> extends true ? true
  : IsAny<U> extends true ? false
  : [Extract<T, U>] extends [never] ? false
  : true;

/** The opposite of {@linkcode Has}. */
export type NotHas<T, U> = Has<T, U> extends true ? false : true;

/** Whether `T` is `any`. */
export type IsAny<T> = 0 extends (1 & T) ? true : false;

/** Whether `T` is `never`. */
export type IsNever<T> = [T] extends [never] ? true : false;

/** Whether `T` is `unknown`. */
export type IsUnknown<T> = IsAny<T> extends true ? false
  : unknown extends T ? true
  : false;

/** Whether `T` includes `null` or `undefined`. */
export type IsNullable<T> = [Extract<T, null | undefined>] extends [never]
  ? false
  : true;
