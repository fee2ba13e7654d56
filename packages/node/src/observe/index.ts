export { createLogger, type LogFields, type Logger, type LoggerOptions, SILENT_LOGGER } from './logger.ts'
export {
  createMetrics,
  type MemberFigures,
  type Metrics,
  NO_METRICS,
  type SetFigures,
  type StandingFigures,
} from './metrics.ts'
