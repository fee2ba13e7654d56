export {
  type ApiAccess,
  type ApiComponents,
  type ApiOptions,
  type ApiServer,
  createApiClient,
  NodeRefusal,
  startApi,
} from './api/index.ts'
