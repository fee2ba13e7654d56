export { type ApiAccess, createApiClient, NodeRefusal } from './api-client.ts'
export type { ApiComponents } from './api-app.ts'
export { type ApiOptions, type ApiServer, startApi } from './start-api.ts'
