import { api } from './api/api.ts';

export { dispatcher } from './dispatch/dispatcher.ts';
export { ScriptIsolate } from './dispatch/script-isolate.ts';
export { edge } from './zones/edge.ts';

export default api;
