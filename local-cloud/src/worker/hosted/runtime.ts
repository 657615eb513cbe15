export { dispatchNamespace } from './dispatch-namespace.ts';
export { wrapHandlers } from './wrap-handlers.ts';
export { routeGate, zoneGate } from './zone-gate.ts';
