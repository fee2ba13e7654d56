export { knowOwner } from './know-owner.ts'
export { openPeople, type People, type PeopleComponents, type Refusal } from './open-people.ts'
