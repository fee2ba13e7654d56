export { formatConfig } from './format-config.ts'
export { type ConfigSources, loadConfig } from './load-config.ts'
export { nearest } from './nearest.ts'
export { LOG_LEVELS, type LogLevel, type NodeConfig } from './node-config.ts'
