import { expect } from 'expect';
import { matcherTests } from './matchers.ts';

matcherTests('Jest', expect as never);
