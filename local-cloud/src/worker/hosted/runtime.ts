export { dispatchNamespace } from './dispatch-namespace.ts';
export { logUncaught } from './log-uncaught.ts';
