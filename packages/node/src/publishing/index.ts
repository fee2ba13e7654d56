export type { PublisherComponents } from './components.ts'
export { createPublisher, type Publisher } from './publisher.ts'
