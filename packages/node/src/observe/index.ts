export { createLogger, type LogFields, type Logger, type LoggerOptions, SILENT_LOGGER } from './logger.ts'
export { createMetrics, type Metrics, NO_METRICS, type SetStandingFigures } from './metrics.ts'
