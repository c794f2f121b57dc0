import { asynchrony } from '../asynchrony.ts';

/** What coroutines, tasks and futures have: the first use starts one task on the asyncio loop, which all share. */
export const awaitable = {
  // biome-ignore lint/suspicious/noThenProperty: an awaitable is what JavaScript calls a thenable
  then(this: object, ...handlers: Parameters<Promise<unknown>['then']>): Promise<unknown> {
    return asynchrony.promiseOf(this).then(...handlers);
  },

  catch(this: object, ...handlers: Parameters<Promise<unknown>['catch']>): Promise<unknown> {
    return asynchrony.promiseOf(this).catch(...handlers);
  },

  finally(this: object, ...handlers: Parameters<Promise<unknown>['finally']>): Promise<unknown> {
    return asynchrony.promiseOf(this).finally(...handlers);
  },
};
