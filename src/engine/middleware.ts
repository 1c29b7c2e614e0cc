import type { AcceptWebSocket } from "./transports/websocket.ts";

/** What Deno tells a request handler about a connection; other hosts may know less, or more. */
export interface RequestInfo {
  /** Where the request came from. */
  readonly remoteAddr?: Deno.Addr;
  /**
   * Accepts the request as a WebSocket, on a host where `Deno.upgradeWebSocket()`
   * cannot. The answer with its response, whose status is 101, has to reach the client
   * before the socket opens.
   */
  readonly acceptWebSocket?: AcceptWebSocket;
}

/**
 * Stands between a request and its answer.
 *
 * It returns what `next()` resolves with, changed or not, or an answer of its own,
 * with which the request ends. The answer to a WebSocket handshake cannot be
 * replaced any more, but its headers can be added to.
 */
export type EngineMiddleware = (
  request: Request,
  info: RequestInfo | undefined,
  next: () => Promise<Response>,
) => Response | Promise<Response>;

/**
 * Passes a request through `middlewares` to `answer`.
 *
 * @returns The answer of the first middleware; or that of `answer` where it has
 * accepted a WebSocket, since Deno would stop listening without it.
 * @throws What a middleware threw, unless a WebSocket was accepted.
 */
export async function runMiddlewares(
  middlewares: readonly EngineMiddleware[],
  request: Request,
  info: RequestInfo | undefined,
  answer: () => Response | Promise<Response>,
): Promise<Response> {
  let answered: Promise<Response> | undefined;
  let switching: Response | undefined;
  const answerOnce = async (): Promise<Response> => {
    const response = await answer();
    if (response.status === 101) switching = response;
    return response;
  };
  const step = async (index: number): Promise<Response> => {
    const middleware = middlewares[index];
    if (middleware === undefined) return await (answered ??= answerOnce());
    return await middleware(request, info, () => {
      const response = step(index + 1);
      response.catch(() => {}); // a middleware may not wait for it
      return response;
    });
  };
  try {
    const response = await step(0);
    return switching ?? response;
  } catch (error) {
    if (switching === undefined) throw error;
    return switching;
  }
}
