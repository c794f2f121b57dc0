import { setInterval } from 'node:timers';
import { BridgeError } from '../errors/bridge-error.ts';
import { PythonError } from '../errors/python-error.ts';
import { channel, native } from '../native/load.ts';
import { side } from '../proxies/side.ts';

/**
 * Lets go of what other threads dropped while this one is idle. On a free-threaded build an object whose last
 * reference goes on another thread waits until the thread that made it runs bytecode, which an idle event loop never
 * does: so it runs a little, once a second. The timer keeps no process alive, and begins when the program first waits.
 */
export function letGoWhileIdle(): void {
  native.state();
  if (channel[3] === 1) Promise.resolve().then(begin);
}

function begin(): void {
  const timer = setInterval(() => {
    try {
      side('breathe');
      native.letGoElsewhere();
    } catch (error) {
      if (error instanceof BridgeError)
        clearInterval(timer); // Python has ended
      // An interrupt that came too late for the call it was meant for meets nothing here that it could end.
      else if (!(error instanceof PythonError && error.name === 'KeyboardInterrupt')) throw error;
    }
  }, 1000).unref();
}
