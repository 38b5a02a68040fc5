/**
 * Jest's environment for Node, with an ordinary global object. Jest's own is a proxy behind an interceptor of V8, so that each `Number` or `Buffer` in a
 * test, and in all that it imports, costs as much as a call: work on many small values took three times as long as in Node.
 * @see https://nodejs.org/api/vm.html#vmconstantsdont_contextify
 */
import { constants, createContext } from 'node:vm';
import type { EnvironmentContext, JestEnvironmentConfig } from '@jest/environment';
import { ModernFakeTimers } from '@jest/fake-timers';
import { TestEnvironment } from 'jest-environment-node';
import { ModuleMocker } from 'jest-mock';
import { installCommonGlobals } from 'jest-util';

export default class FastGlobalsEnvironment extends TestEnvironment {
  constructor(config: JestEnvironmentConfig, context: EnvironmentContext) {
    super(config, context);
    const { projectConfig } = config;
    const global = createContext(constants.DONT_CONTEXTIFY) as typeof globalThis;
    this.context = global;
    shareGlobalsOfNode(global);
    installCommonGlobals(global, projectConfig.globals);
    global.Error.stackTraceLimit = 100; // as Jest has it
    this.global = global as unknown as typeof this.global;
    this.moduleMocker = new ModuleMocker(global);
    this.fakeTimers = null; // `legacyFakeTimers` are not offered here
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global });
  }
}

/** Gives another global object what Node adds to the language. */
function shareGlobalsOfNode(global: object): void {
  for (const [name, { enumerable = false }] of Object.entries(Object.getOwnPropertyDescriptors(globalThis))) {
    if (Object.hasOwn(global, name)) continue;
    const define = (value: unknown) => void Object.defineProperty(global, name, { configurable: true, enumerable, writable: true, value });
    // Some load a module when they are first read.
    const get = () => {
      const value: unknown = Reflect.get(globalThis, name);
      define(value);
      return value;
    };
    Object.defineProperty(global, name, { configurable: true, enumerable, get, set: define });
  }
  // Node's own modules make these, and check for them.
  Object.assign(global, { global, Buffer, ArrayBuffer, Uint8Array });
}
