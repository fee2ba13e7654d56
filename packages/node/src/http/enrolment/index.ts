export { createEnrolmentApp, type EnrolmentAppOptions, type EnrolmentAuthority } from './app.ts'
export { type EnrolmentComponents, type EnrolmentService, startEnrolment } from './start-enrolment.ts'
