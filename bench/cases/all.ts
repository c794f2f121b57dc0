// Every case, in the order of the table.

import { awaitedCall, awaitedCoroutine, callsInFlight, fourAtOnce, fourThreads } from './asynchronous.ts';
import { attributeInt } from './attributes.ts';
import { callback } from './callbacks.ts';
import { keyword, methodMixed, sqrtHoisted, sqrtMethod, sqrtTwoCrossings } from './calls.ts';
import type { Case } from './case.ts';
import { exception, exceptionWithFrames } from './errors.ts';
import { iterateGenerator, iterateRange } from './iteration.ts';
import {
  derivedFromJavaScript,
  derivedFromPython,
  javaScriptArray,
  javaScriptAttribute,
  javaScriptMethod,
  javaScriptMethodOnce,
} from './objects.ts';
import { strings } from './strings.ts';

export const allCases: readonly Case[] = [
  sqrtHoisted,
  sqrtMethod,
  sqrtTwoCrossings,
  attributeInt,
  methodMixed,
  keyword,
  callback,
  iterateRange,
  iterateGenerator,
  exception,
  exceptionWithFrames,
  awaitedCall,
  callsInFlight,
  fourAtOnce,
  fourThreads,
  awaitedCoroutine,
  javaScriptAttribute,
  javaScriptMethod,
  javaScriptMethodOnce,
  derivedFromPython,
  derivedFromJavaScript,
  javaScriptArray,
  ...strings,
];
