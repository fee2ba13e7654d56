export { startEnrolment } from './start-enrolment.ts'
