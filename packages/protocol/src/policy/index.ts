export {
  type Compartment,
  compartmentOf,
  COMPARTMENTS,
  DATA_COMPARTMENTS,
  type DataCompartment,
  isDataCompartment,
  labelOf,
} from './compartment.ts'
export {
  type Holding,
  mayRelease,
  maySee,
  type Purpose,
  type Recipient,
  type Releasable,
  type Release,
  type ReleaseContext,
  type ReleaseRule,
  type Standing,
} from './may-release.ts'
