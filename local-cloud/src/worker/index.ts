import { api } from './api/api.ts';

export { dispatcher } from './dispatch/dispatcher.ts';

export default api;
