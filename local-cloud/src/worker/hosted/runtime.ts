export { dispatchNamespace } from './dispatch-namespace.ts';
export { wrapHandlers } from './wrap-handlers.ts';
export { zoneGate } from './zone-gate.ts';
