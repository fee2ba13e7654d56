import { enterServiceEnvironment } from './service/enter-service-environment.ts'

// Ahead of all that takes long to load.
enterServiceEnvironment(process.argv.slice(2), process)

await import('./start.ts')
