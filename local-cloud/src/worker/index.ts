import { api } from './api/api.ts';

export { dispatcher } from './dispatch/dispatcher.ts';
export { edge } from './zones/edge.ts';

export default api;
